"""The portal: what a Party sees in its browser of the releases in force.

It shows a release's files and nothing else, so that it needs no warehouse. The month's job never imports it.
`pip install car[portal]` brings what it needs.
"""
