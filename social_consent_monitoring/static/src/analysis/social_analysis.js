import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { PivotRenderer } from "@web/views/pivot/pivot_renderer";
import { pivotView } from "@web/views/pivot/pivot_view";

/** Views that say that small groups are left out; the server does it (rule 17). */
class AnalysisPivotRenderer extends PivotRenderer {
    static template = "social_consent_monitoring.AnalysisPivot";
}

class AnalysisGraphRenderer extends GraphRenderer {
    static template = "social_consent_monitoring.AnalysisGraph";
}

const views = registry.category("views");
views.add("social_analysis_pivot", { ...pivotView, Renderer: AnalysisPivotRenderer });
views.add("social_analysis_graph", { ...graphView, Renderer: AnalysisGraphRenderer });
