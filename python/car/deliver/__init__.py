"""Copies each recipient's folder of the version in force to its own place, and keeps a receipt.

A place is a folder, or one on a server: SFTP, S3, WebDAV or SharePoint. What reaches servers is an extra.
May import: the modules at the top of `car`, `car.release` and `car.reports`.
"""
