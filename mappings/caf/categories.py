"""The 25 policy categories: the kind of information, in whatever element it stands."""

from enum import StrEnum


class Category(StrEnum):
    """A policy category (vocabulary of the decision rules, version 2)."""

    IDENTITY = "identity"
    CONTACT = "contact"
    ADDRESS = "address"
    FAMILY = "family"
    SERVICES_INVOLVED = "services_involved"
    ATTENDANCE = "attendance"
    ATTAINMENT = "attainment"
    EXCLUSIONS = "exclusions"
    SEN = "sen"
    HEALTH_BASIC = "health_basic"
    DISABILITY = "disability"
    MENTAL_HEALTH = "mental_health"
    SEXUAL_HEALTH = "sexual_health"
    SUBSTANCE_USE = "substance_use"
    CAF_NEEDS = "caf_needs"
    PARENTING = "parenting"
    ENVIRONMENT = "environment"
    ACTION_PLAN = "action_plan"
    SOCIAL_CARE = "social_care"
    POLICE_INCIDENT = "police_incident"
    POLICE_INTEL = "police_intel"
    DOMESTIC_ABUSE = "domestic_abuse"
    THIRD_PARTY = "third_party"
    SIBLING = "sibling"
    ADOPTION = "adoption"
