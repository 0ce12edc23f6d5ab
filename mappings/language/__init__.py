"""The mapping language: rows that say how a record and the CAF stand to one another, both ways.

    trees         a record as names, lists and texts, whatever it was on the wire; its places
    shapes, xsd   what a format may hold: from an XML schema, from Structs, from a list of columns
    paths         `Languages/Type[LanguageType=F]/Language`: parsed, checked, made to get and put
    values        named pairs of functions, read and write, for single values
    tables        code tables (`mappings/code_tables`), and each as a FHIR ConceptMap
    declarations  a mapping's YAML as it stands, with its lines
    loading       declarations checked against both schemas, and made into parts
    parts         one item of the CAF, or one repeating element, read and written
    translation   the whole: `read`, `write`, `account`
    testing       the laws that every mapping is held to

Nothing here knows a format. Start with `docs/mappings.md`.
"""
