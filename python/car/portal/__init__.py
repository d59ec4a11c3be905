"""The portal: what a Party sees in its browser of the releases in force (docs/portal.md)."""
