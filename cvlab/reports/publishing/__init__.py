"""What a reader gets: pages, PDF, workbook, slides and pictures, built aside and moved into place."""
