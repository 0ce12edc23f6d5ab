"""Referrals of the NHS e-Referral Service (STU3 and R4): what they say of a child, to the CAF."""
