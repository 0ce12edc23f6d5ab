"""Code tables as data: `index.csv` names them, each other file has one table's codes.

`mappings.language.tables` reads them and says by which rules.
"""
