import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { PivotRenderer } from "@web/views/pivot/pivot_renderer";
import { pivotView } from "@web/views/pivot/pivot_view";

/** Views that say that small groups are left out; the server does it (rule 17). */
class AnalysisPivotRenderer extends PivotRenderer {
    static template = "social_consent_monitoring.AnalysisPivot";
}

/** The colours that a tone has in the inbox, too; Odoo's own go by the order of the bars. */
const TONES = { positive: "#28a745", neutral: "#adb5bd", negative: "#dc3545" };

class AnalysisGraphRenderer extends GraphRenderer {
    static template = "social_consent_monitoring.AnalysisGraph";

    getBarChartData() {
        const data = super.getBarChartData();
        const { fields, groupBy } = this.model.metaData;
        if (groupBy.at(-1)?.fieldName === "sentiment_tone") {
            for (const [tone, label] of fields.sentiment_tone.selection) {
                const bars = data.datasets.find((dataset) => dataset.label === label);
                if (bars) {
                    bars.backgroundColor = TONES[tone];
                }
            }
        }
        return data;
    }
}

const views = registry.category("views");
views.add("social_analysis_pivot", { ...pivotView, Renderer: AnalysisPivotRenderer });
views.add("social_analysis_graph", { ...graphView, Renderer: AnalysisGraphRenderer });
