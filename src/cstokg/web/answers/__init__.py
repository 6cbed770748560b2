"""The answers to saved questions: tables, their order and filter, their evidence, their files."""
