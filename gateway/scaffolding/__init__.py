"""A package for an adapter, made from a sample of its format or from a schema: it runs at once.

samples     every leaf that a sample or a schema has
guesses     which field of the CAF a leaf is likely to be, by its name and its values
drafting    the mapping, with a row for every leaf
package     the files of the package
"""
