"""The process that writes translation files, inside Odoo; tests use its functions too."""

import io
import sys
from pathlib import Path

import polib

from odoo import SUPERUSER_ID, api, release
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.translate import trans_export

# Without dates and names: they would change with every run, and nobody needs them.
METADATA = {
    "Project-Id-Version": f"Odoo Server {release.series}",
    "Report-Msgid-Bugs-To": "",
    "Last-Translator": "",
    "Language-Team": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "",
    "Plural-Forms": "",
}


def main(database, *folders):
    options = ["-d", database, "--no-http", "--log-level=warn"]
    config.parse_config(options, setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        for folder in map(Path, folders):
            refresh(env, folder)


def refresh(env, addon):
    """Write the template of an addon, and merge it into each of its translations."""
    template = export_template(env, addon.name)
    folder = addon / "i18n"
    folder.mkdir(exist_ok=True)
    template.save(str(folder / f"{addon.name}.pot"))
    for path in sorted(folder.glob("*.po")):
        merged = merge(polib.pofile(str(path)), template)
        merged.save(str(path))
        report(path, merged)


def export_template(env, addon):
    """Return what is there to translate, as Odoo's own exporter sees it in this database."""
    exported = io.BytesIO()
    trans_export(None, [addon], exported, "po", env)
    template = polib.pofile(exported.getvalue().decode())
    template.metadata = dict(METADATA)
    return template


def merge(translation, template):
    """Return the translation with exactly the terms of the template, in its order."""
    merged = polib.POFile()
    merged.header, merged.metadata = translation.header, translation.metadata
    for entry in template:
        old = translation.find(entry.msgid)
        merged.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgstr=old.msgstr if old else "",
                comment=entry.comment,
                tcomment=old.tcomment if old else "",
                occurrences=entry.occurrences,
                flags=old.flags if old else [],
            )
        )
    return merged


def report(path, translation):
    missing = translation.untranslated_entries()
    print(f"{path.parent.parent.name}, {path.name}: {len(missing)} terms to translate")
    for entry in missing:
        print(f"  {entry.msgid!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
