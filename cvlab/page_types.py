"""The MIME types by which `present` hands data to the report runner: named once, without anything heavy beside."""

HEADLINE_MIME = "application/vnd.cvlab.headline+json"
CHAPTER_MIME = "application/vnd.cvlab.chapter+json"
TABLE_MIME = "application/vnd.cvlab.table+json"
QUESTION_MIME = "application/vnd.cvlab.question+json"
