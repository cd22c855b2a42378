"""Getting data in: survey and spreadsheet exports become input tables, by a mapping that is saved and used again.

    draft_mapping    exports -> a proposed mapping, with a confidence and a reason per column; draft_files reads them
    read_export      one file -> its cells as text, its questions, and what was noticed
    apply_mapping    exports and a mapping -> tables, codebook, unmapped columns, problems
    import_tables    files and a mapping -> a folder that `cvlab check` can read; all of it or nothing
    compare_export   what changed in an export since its mapping was saved

Nothing is guessed silently: what a file does not say for certain (day or month first, which mark is the decimal one) is
a question in the mapping, and nothing is imported while a question stands.
"""

from cvlab.tables.importing.applying import ImportedTables, apply_mapping
from cvlab.tables.importing.comparing import Change, compare_export, describe_source
from cvlab.tables.importing.detection import detect_dates, detect_marks, detect_source, list_sheets
from cvlab.tables.importing.draft import Draft, draft_mapping
from cvlab.tables.importing.drafting import draft_files, save_draft
from cvlab.tables.importing.exports import Export, read_export
from cvlab.tables.importing.importing import ImportReport, import_tables
from cvlab.tables.importing.map_file import parse_map, read_map
from cvlab.tables.importing.map_text import write_map, write_map_text
from cvlab.tables.importing.mapping import (
    Case,
    CodebookEntry,
    ColumnMap,
    ImportMap,
    Lookup,
    Repeat,
    Source,
    TableMap,
    list_questions,
)

__all__ = [
    "Case",
    "Change",
    "CodebookEntry",
    "ColumnMap",
    "Draft",
    "Export",
    "ImportMap",
    "ImportReport",
    "ImportedTables",
    "Lookup",
    "Repeat",
    "Source",
    "TableMap",
    "apply_mapping",
    "compare_export",
    "describe_source",
    "detect_dates",
    "detect_marks",
    "detect_source",
    "draft_files",
    "draft_mapping",
    "import_tables",
    "list_questions",
    "list_sheets",
    "parse_map",
    "read_export",
    "read_map",
    "save_draft",
    "write_map",
    "write_map_text",
]
