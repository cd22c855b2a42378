"""Getting data in: survey and spreadsheet exports become input tables, by a mapping that is saved and used again.

    read_export      one file -> its cells as text, its questions, and what was noticed
    apply_mapping    exports and a mapping -> tables, codebook, unmapped columns, problems
    import_tables    files and a mapping -> a folder that `cvlab check` can read; all of it or nothing
    compare_export   what changed in an export since its mapping was saved

Nothing is guessed silently: what a file does not say for certain (day or month first, which mark is the decimal one) is
a question in the mapping, and nothing is imported while a question stands.
"""
