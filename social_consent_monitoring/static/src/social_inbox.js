import { Component, useEnv } from "@odoo/owl";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { STATIC_ACTIONS_GROUP_NUMBER } from "@web/search/action_menus/action_menus";
import { SearchModel } from "@web/search/search_model";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

const MODEL = "social.mention";
const SETTING = "social_inbox_filters";
// What is chosen from a list. What is typed is not kept: a name would become a standing search for
// a person (rule 24).
const CHOSEN = ["source_ids", "topic_ids", "tag_ids", "team_id", "user_id", "platform_id"];
const DEFAULTS = /^(search_default_|searchpanel_default_)/;

/**
 * Filters that are still there when a user comes back to the inbox, in whatever browser: names and
 * ids of what was chosen, as the defaults of an action, among the user's settings. A favourite that
 * a user made the default goes first.
 */
export class InboxSearchModel extends SearchModel {
    async load(config) {
        const context = config.context || {};
        this.remembers = Boolean(context.social_inbox);
        this.kept = (this.remembers && !config.state && user.settings[SETTING]) || null;
        if (this.kept) {
            try {
                return await super.load({ ...config, context: this.getKeptContext(context) });
            } catch {
                // Something that was chosen is gone.
                this.kept = null;
                user.setUserSettings(SETTING, false);
            }
        }
        return super.load(config);
    }

    /** Put what was kept into the place of the action's defaults; those count without a favourite. */
    getKeptContext(context) {
        const { favorite, defaults } = this.kept;
        const others = Object.entries(context).filter(([name]) => favorite || !DEFAULTS.test(name));
        return { ...Object.fromEntries(others), ...defaults };
    }

    _activateDefaultSearchItems(defaultFavoriteId) {
        const { favorite, intervals } = this.kept || {};
        const items = Object.values(this.searchItems);
        for (const item of items) {
            item.defaultIntervalId = intervals?.[item.name] || item.defaultIntervalId;
        }
        const isKept = (item) => item.type === "favorite" && item.serverSideId === favorite;
        const kept = favorite && items.find(isKept)?.id;
        super._activateDefaultSearchItems(defaultFavoriteId || kept);
    }

    async _notify() {
        if (this.remembers && !this.blockNotification) {
            const kept = { ...this.getQueryToKeep(), defaults: this.getDefaultsToKeep() };
            user.setUserSettings(SETTING, kept);
        }
        return super._notify();
    }

    /** The favourite that is chosen, and the steps of time by which is grouped. */
    getQueryToKeep() {
        const kept = { intervals: {} };
        for (const { searchItemId, intervalId } of this.query) {
            const { type, name, serverSideId } = this.searchItems[searchItemId];
            if (type === "favorite") {
                kept.favorite = serverSideId;
            } else if (intervalId && name) {
                kept.intervals[name] = intervalId;
            }
        }
        return kept;
    }

    getDefaultsToKeep() {
        const chosen = {};
        for (const { searchItemId, autocompleteValue, generatorId } of this.query) {
            const { type, name, fieldName } = this.searchItems[searchItemId];
            const key = `search_default_${name || fieldName}`;
            const value = autocompleteValue?.value;
            if (generatorId && name) {
                // Years first: without one Odoo would add its own.
                const periods = (chosen[key]?.split(",") || []).concat(generatorId);
                periods.sort((one, other) => other.startsWith("year") - one.startsWith("year"));
                chosen[key] = periods.join(",");
            } else if (name) {
                chosen[key] = Object.keys(chosen).length + 1;
            } else if (CHOSEN.includes(fieldName) && type === "field" && typeof value !== "string") {
                chosen[key] = (chosen[key] || []).concat(value);
            }
        }
        return { ...chosen, ...this.getPanelToKeep() };
    }

    getPanelToKeep() {
        const chosen = {};
        for (const { fieldName, activeValueId } of this.categories) {
            if (activeValueId) {
                chosen[`searchpanel_default_${fieldName}`] = activeValueId;
            }
        }
        for (const { fieldName, values } of this.filters) {
            const checked = [...(values || [])].filter(([, value]) => value.checked);
            if (checked.length) {
                chosen[`searchpanel_default_${fieldName}`] = checked.map(([id]) => id);
            }
        }
        return chosen;
    }
}

/**
 * J and K go to the next and the previous mention, as in other inboxes; Odoo's search field, which
 * would take them as words to look for, has to be clicked first.
 */
function useSteps(step) {
    useEnv().config.disableSearchBarAutofocus = true;
    useHotkey("j", () => step(1), { allowRepeat: true });
    useHotkey("k", () => step(-1), { allowRepeat: true });
}

/** Focus the next row or card; Enter opens it, as everywhere in Odoo. */
function focusNext(selector, inner, by) {
    const rows = [...document.querySelectorAll(selector)];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[at < 0 ? 0 : at + by];
    const target = next && (inner ? next.querySelector(inner) : next);
    target?.focus();
    target?.scrollIntoView({ block: "nearest" });
}

export class InboxListController extends ListController {
    setup() {
        super.setup();
        useSteps((by) => focusNext(".o_list_table .o_data_row", ".o_data_cell[name=text]", by));
    }
}

export class InboxKanbanController extends KanbanController {
    setup() {
        super.setup();
        useSteps((by) => focusNext(".o_kanban_record:not(.o_kanban_ghost)", "", by));
    }
}

export class InboxFormController extends FormController {
    setup() {
        super.setup();
        useSteps((by) => {
            const pager = by > 0 ? ".o_pager_next" : ".o_pager_previous";
            document.querySelector(`.o_control_panel ${pager}`)?.click();
        });
    }
}

/** Says which keys there are. */
class InboxKeys extends Component {
    static template = "social_consent_monitoring.InboxKeys";
    static components = { DropdownItem };
    static props = {};

    setup() {
        this.dialog = useService("dialog");
    }

    show() {
        const body = [
            _t("J and K: next and previous mention, in the list and in the form"),
            _t("Enter: open the mention"),
            _t("Alt+Shift+A: answer, Esc: close the answer, whose draft is kept"),
            _t("Alt+T: take, Alt+E: answered, Alt+X: close, Alt+Y: reopen"),
            _t("Alt+O: open the original, Alt+W: who is this?"),
            _t("Alt+B: back to the list"),
            _t("Hold Alt to see the keys of all buttons."),
        ].join("\n");
        this.dialog.add(AlertDialog, { title: _t("Keys"), body });
    }
}

const views = registry.category("views");
const search = { SearchModel: InboxSearchModel };
views.add("social_inbox_list", { ...listView, ...search, Controller: InboxListController });
views.add("social_inbox_kanban", { ...kanbanView, ...search, Controller: InboxKanbanController });
views.add("social_inbox_form", { ...formView, Controller: InboxFormController });

registry.category("cogMenu").add("social-inbox-keys", {
    Component: InboxKeys,
    groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
    isDisplayed: ({ searchModel, isSmall }) => !isSmall && searchModel?.resModel === MODEL,
});
