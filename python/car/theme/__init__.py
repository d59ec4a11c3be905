"""The theme of all that people look at: the PDF reports, and the page of a recipient's folder.

Colours, sizes and weights stand in `tokens.json` alone, by what they are for. A token is changed there, and
nowhere else is there a colour.
May import: the modules at the top of `car`. No other package.
"""
