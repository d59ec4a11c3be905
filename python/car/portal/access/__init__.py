"""Who gets in: sign-in, sessions, forms, limits, headers and the audit log of the portal.

`access.Access` is what the application takes up. docs/portal_security.md says what each part is for.
"""
