"""What a chapter gives to its report: pages, tables, pictures and headlines, cleaned of what nobody may see."""
