"""The mutants of a file of SQL with Jinja: what a slip of the hand would leave, one change each."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
    (?P<comment>\{\#.*?\#\}|--[^\n]*)
    |(?P<statement>\{%.*?%\})
    |(?P<jinja>\{\{.*?\}\})
    |(?P<string>'(?:[^']|'')*')
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_][A-Za-z_0-9]*)
    |(?P<symbol><=|>=|!=|\|\||//|[^\s\w])
    |(?P<space>\s+)
    """,
    re.DOTALL | re.VERBOSE,
)
CLAUSES = {
    *("select", "from", "where", "on", "having", "qualify", "group", "order", "partition", "union", "with"),
    *("inner", "left", "cross", "join", "when", "then", "else", "case", "rows", "range", "groups"),
}
CONDITIONS = {"where", "on", "having", "qualify", "when"}
SYMBOLS = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "!=": "=",
    "+": "-",
    "-": "+",
    "*": "+",
    "%": "+",
}
WORDS = {
    "min": "max",
    "max": "min",
    "asc": "desc",
    "first": "last",
    "last": "first",
    "lag": "lead",
    "lead": "lag",
    "greatest": "least",
    "least": "greatest",
    "arg_max": "arg_min",
    "arg_min": "arg_max",
    "true": "false",
    "false": "true",
    "rank": "row_number",
    "row_number": "rank",
    "preceding": "following",
    "sum": "max",
}
# A column and one that is easily taken for it.
SIBLINGS = {
    "success_count": "request_count",
    "measured_count": "request_count",
    "delivered_count": "alert_count",
    "within_target_count": "delivered_count",
    "failure_count": "all_failure_count",
    "started_at": "ended_at",
    "valid_from": "valid_to",
    "valid_to": "valid_from",
    "alert_start_at": "raised_at",
    "import_supplier_key": "export_supplier_key",
    "export_supplier_key": "import_supplier_key",
    "gas_supplier_key": "import_supplier_key",
    "electricity_mpxn_key": "gas_mpxn_key",
    "corporate_group": "party_id",
    "is_success": "is_counted",
    "best_hundredths_ms": "worst_hundredths_ms",
    "row_count": "group_count",
    "is_delivered": "is_storm_suppressed",
}
# Macros of one shape, one for the other.
CALLS = {
    "valid_at": "valid_just_before",
    "valid_just_before": "valid_at",
    "month_start": "month_end",
    "month_end": "month_start",
    "first_day": "last_day",
    "last_day": "first_day",
}
# Macros that give a condition: the rule is dropped.
RULES = re.compile(r"(is|in|valid|do|overlaps|names)(_|$)")
# Macros whose first two arguments are easily swapped.
PAIRS = {
    *("share", "released_share", "duration_ms", "mean_whole", "tenths_of_seconds", "whole_quotient"),
    *("share_in_steps", "is_share_released", "is_share_withheld"),
    *("released_part", "is_part_released", "is_part_withheld"),
}
# Macros that show a figure of the industry, and how to show it in spite of the rule.
SHOWN = {
    "released_share": "share({0}, {1} ~ '_row_count', 3)",
    "released": "{0}",
    "released_part": "share({0} ~ '_row_count', {1} ~ '_row_count', 3)",
    "released_extreme": "released({0}, {1})",
}
# Macros of disclosure control, and how many arguments each must have. What is more says what else allows a
# figure, or how it is rounded.
REQUIRED = {
    **{"is_released": 1, "released": 2, "released_extreme": 2, "is_withheld": 1},
    **{"is_share_released": 2, "released_share": 2, "is_share_withheld": 2, "is_rest_standing": 1},
}
DISCLOSURE_CALLS = re.compile(
    r"released|withheld|rest_rows|is_rest_standing|is_league_shown|is_ranked|disclosure_pool|nth_largest|league_rank|league_rate"
    r"|parts_held_back|beside_a_rest"
)
DISCLOSURE_FILES = ("macros/marts/disclosure.sql", "macros/marts/league.sql")
RECIPIENT = re.compile(r"part(y|ies)_|recipient|originator|\brole\b|obligations")
RECIPIENTS = re.compile("obligations|recipients")
DROPS = {
    *("conjunct_dropped", "filter_dropped", "key_dropped", "rule_dropped", "negated", "condition_dropped"),
    *("left_to_inner", "inner_to_left"),
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Parameters:
        file: path in the repository.
        line: line of the change, from 1.
        operator: kind of change.
        start, end: what is replaced, as positions in the file.
        was, becomes: the changed text, in one line each.
        new: what stands there instead.
        number: tells changes alike in one file apart, from 1 in the order of the file.
    """

    file: str
    line: int
    operator: str
    start: int
    end: int
    was: str
    becomes: str
    new: str
    number: int

    @property
    def id(self) -> str:
        """Ten hex digits that stay while the changed line stays, wherever it moves in its file."""
        parts = (self.file, self.operator, self.was, self.becomes, str(self.number))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]

    @property
    def risk(self) -> str:
        """`disclosure`, `leak` (a row may reach another recipient), or none."""
        if self.file in DISCLOSURE_FILES or DISCLOSURE_CALLS.search(self.was):
            return "disclosure"
        changed = self.file.startswith("models/marts/") or "fct_report_obligations" in self.file
        if changed and self.operator in DROPS and RECIPIENT.search(self.was):
            return "leak"
        return ""

    def apply(self, text: str) -> str:
        """Give the file with the change."""
        return text[: self.start] + self.new + text[self.end :]


@dataclass
class Token:
    """A token, and where it stands: in which brackets (or case), after which word that begins a clause."""

    kind: str
    text: str
    start: int
    end: int
    group: int = 0
    clause: str = ""

    @property
    def word(self) -> str:
        """The token in lower case where it is a word."""
        return self.text.lower() if self.kind == "word" else ""


Change = tuple[str, int, int, str]


def mutants(file: str, text: str) -> list[Mutant]:
    """Give the mutants of a file, in its order.

    Parameters:
        file: its path in the repository.
        text: what stands in it.
    """
    found: dict[tuple[int, int, str], Change] = {}
    for change in sorted(_changes(text), key=lambda change: change[1:3]):
        operator, start, end, new = change
        if text[start:end] != new:
            found.setdefault((start, end, new), change)
    seen: Counter[tuple[str, str, str]] = Counter()
    result = []
    for operator, start, end, new in found.values():
        was, becomes = _shown(text, start, end, new)
        seen[operator, was, becomes] += 1
        number = seen[operator, was, becomes]
        line = text.count("\n", 0, start) + 1
        result.append(Mutant(file, line, operator, start, end, was, becomes, new, number))
    return result


def _shown(text: str, start: int, end: int, new: str) -> tuple[str, str]:
    """The lines that a change touches, before and after it, each as one line."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    last = len(text) if last < 0 else last
    return (
        " ".join(text[first:last].split()),
        " ".join((text[first:start] + new + text[end:last]).split()),
    )


def _changes(text: str) -> Iterator[Change]:
    tokens = _tokens(text)
    for at, token in enumerate(tokens):
        if token.kind in ("jinja", "statement"):
            in_a_type = _is_in_a_type(tokens, at)
            yield from (change for change in _in_jinja(token) if not (in_a_type and change[0] == "constant"))
        elif token.kind != "comment":
            yield from _of_token(tokens, at)
    code = [token for token in tokens if token.kind != "comment"]
    yield from _of_conditions(code)
    yield from _of_lists(code)


def _tokens(text: str) -> list[Token]:
    """The tokens but the blanks, and but an `order by` of the whole file: the exporter sorts."""
    tokens: list[Token] = []
    stack: list[tuple[int, str]] = [(0, "")]
    groups = 0
    ends_file = False
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        token = Token(kind, match.group(), match.start(), match.end())
        closes = token.text == ")" or token.word == "end"
        if closes and len(stack) > 1:
            stack.pop()
        if token.word in CLAUSES and token.word != "case":
            stack[-1] = (stack[-1][0], token.word)
        if token.word == "order" and len(stack) == 1 and tokens and tokens[-1].word == "final":
            ends_file = True
        if kind == "statement":
            stack[-1] = (stack[-1][0], "")
        token.group, token.clause = stack[-1]
        if token.text == "(" or token.word == "case":
            groups += 1
            stack.append((groups, ""))
        if not ends_file:
            tokens.append(token)
    return tokens


def _of_token(tokens: list[Token], at: int) -> Iterator[Change]:
    """Changes of a token by itself."""
    token, word = tokens[at], tokens[at].word
    before = tokens[at - 1] if at else token
    after = tokens[at + 1] if at + 1 < len(tokens) else token
    if token.kind == "symbol" and token.text in SYMBOLS:
        operand = before.kind in ("word", "number", "jinja", "string") or before.text == ")"
        if operand and not (token.text == "*" and after.text in (",", ")", "from")):
            operator = "boundary" if token.text[0] in "<>" else "arithmetic"
            yield "negated" if token.text == "!=" else operator, token.start, token.end, SYMBOLS[token.text]
    if token.text == "=" and token.clause != "on":
        yield "negated", token.start, token.end, "!="
    exists = before.word == "select" and "exists" in [other.word for other in tokens[max(at - 3, 0) : at]]
    if token.kind == "number" and "." not in token.text and not _is_in_a_type(tokens, at) and not exists:
        yield "constant", token.start, token.end, str(int(token.text) + 1)
    if (
        token.kind == "string"
        and "{" not in token.text
        and before.word not in ("timestamp", "date", "interval")
    ):
        yield "literal", token.start, token.end, "'~'"
    if token.kind != "word":
        return
    if word in WORDS and before.word != "as" and before.text != "." and after.text != ".":
        call = after.text == "("
        if call or word in ("asc", "first", "last", "true", "false", "preceding"):
            yield "word", token.start, token.end, WORDS[word]
    if word == "desc":
        yield "word", token.start, token.end, "asc"
    read = before.text == "." or after.word == "as" or token.group > 1
    if word in SIBLINGS and read and before.word != "as" and after.text != "(":
        yield "sibling", token.start, token.end, SIBLINGS[word]
    if word == "left" and after.word == "join":
        yield "left_to_inner", token.start, token.end, "inner"
    if word == "inner" and after.word == "join" and _is_of_recipients(tokens, at):
        yield "inner_to_left", token.start, token.end, "left"
    if word == "distinct":
        yield "distinct_dropped", token.start, token.end, ""
    if word == "union" and after.word != "all":
        yield "distinct_dropped", token.start, token.end, "union all"
    if word == "not" and (before.word == "is" or after.word != "materialized"):
        yield "negated", token.start, token.end, ""
    if word == "is" and after.word == "null":
        yield "negated", token.end, token.end, " not"
    if word == "in" and after.text == "(" and before.word != "not":
        yield "negated", token.start, token.end, "not in"
    if word == "or" or (word == "and" and token.clause != "on" and not _is_of_between(tokens, at)):
        yield "and_or", token.start, token.end, "and" if word == "or" else "or"
    if word == "when":
        end = next(other for other in tokens[at:] if other.word == "then" and other.group == token.group)
        yield "condition_dropped", after.start, end.start, "false "


def _is_in_a_type(tokens: list[Token], at: int) -> bool:
    """True within the brackets of a decimal: how wide it is decides nothing."""
    return "decimal" in [earlier.word for earlier in tokens[max(at - 4, 0) : at]]


def _is_of_recipients(tokens: list[Token], at: int) -> bool:
    """True for a join with the recipients (in other inner joins each row has its match)."""
    return any(RECIPIENTS.search(token.text) for token in tokens[at + 2 : at + 5])


def _is_of_between(tokens: list[Token], at: int) -> bool:
    """True for the `and` of `between … and …`."""
    group = tokens[at].group
    for token in reversed(tokens[:at]):
        if token.group != group:
            continue
        if token.word == "between":
            return True
        if token.word in ("and", "or") or token.word in CLAUSES - {"rows", "range", "groups"}:
            return False
    return False


def _of_conditions(code: list[Token]) -> Iterator[Change]:
    """Conjuncts and whole filters dropped."""
    for at, token in enumerate(code):
        if token.word == "and" and not _is_of_between(code, at):
            last = _end_of_part(code, at)
            if last > at:
                yield "conjunct_dropped", token.start, code[last].end, ""
            first = _start_of_part(code, at)
            if first is not None:
                yield "conjunct_dropped", code[first].start, token.end, ""
        if token.word == "where":
            last = _end_of_part(code, at)
            follows = code[last + 1] if last + 1 < len(code) else token
            if follows.word in ("and", "or") and follows.group == token.group:
                continue
            if at > 1 and code[at - 2].word == "filter":
                yield "filter_dropped", code[at - 2].start, follows.end, ""
            else:
                yield "filter_dropped", token.start, code[last].end, ""


def _end_of_part(code: list[Token], at: int) -> int:
    """Index of the last token of the condition that begins after a token."""
    group = code[at].group
    last = at
    for index in range(at + 1, len(code)):
        token = code[index]
        if token.group == group:
            between = token.word == "and" and _is_of_between(code, index)
            stops = token.word in ("and", "or", "as", "end") or token.word in CLAUSES - {"case"}
            if (stops and not between) or token.text in (",", ")"):
                # A bracket opened within the condition closes in the condition's own group.
                if token.text == ")" and _opened_within(code, at, index):
                    last = index
                    continue
                if token.word == "end" and _case_within(code, at, index):
                    last = index
                    continue
                return last
            if token.kind == "statement":
                return last
        elif token.group < group:
            return last
        last = index
    return last


def _opened_within(code: list[Token], at: int, index: int) -> bool:
    """True when the bracket that closes at an index was opened after a token."""
    depth = 0
    for token in code[at + 1 : index + 1]:
        depth += (token.text == "(") - (token.text == ")")
    return depth >= 0


def _case_within(code: list[Token], at: int, index: int) -> bool:
    """True when the case that ends at an index began after a token."""
    depth = 0
    for token in code[at + 1 : index + 1]:
        depth += (token.word == "case") - (token.word == "end")
    return depth >= 0


def _start_of_part(code: list[Token], at: int) -> int | None:
    """Index of the first token of the condition before an `and`, where it is the first of its chain."""
    group = code[at].group
    first = at
    for index in range(at - 1, -1, -1):
        token = code[index]
        if token.group == group and (
            token.word in CONDITIONS or (token.text == "(" and not _opened_within(code, index - 1, at))
        ):
            return first if first < at else None
        if token.group == group and (
            token.word in ("and", "or") or token.text == "," or token.kind == "statement"
        ):
            return None
        if token.group < group:
            return first if token.text == "(" and first < at else None
        first = index
    return None


def _of_lists(code: list[Token]) -> Iterator[Change]:
    """Columns dropped from `partition by`, `group by` and `order by`; the default dropped from a coalesce."""
    for at, token in enumerate(code):
        if token.word == "by" and code[at - 1].word in ("partition", "order"):
            items = _items(code, at)
            if len(items) > 1:
                for number, (first, last) in enumerate(items):
                    if number:
                        yield "key_dropped", code[items[number - 1][1]].end, code[last].end, ""
                    else:
                        yield "key_dropped", code[first].start, code[items[1][0]].start, ""
        if token.word == "coalesce" and at + 1 < len(code) and code[at + 1].text == "(":
            items = _items(code, at + 1)
            if len(items) > 1:
                yield "default_dropped", code[items[-2][1]].end, code[items[-1][1]].end, ""


def _items(code: list[Token], at: int) -> list[tuple[int, int]]:
    """First and last index of each item of the list after a token, up to its bracket or the next clause."""
    items, first, depth = [], at + 1, 0
    for index in range(at + 1, len(code)):
        token = code[index]
        ends = depth == 0 and (
            token.text in (",", ")") or token.word in CLAUSES - {"case"} or token.kind == "statement"
        )
        if ends:
            if index > first:
                items.append((first, index - 1))
            if token.text != ",":
                return items
            first = index + 1
        depth += (token.text == "(" or token.word == "case") - (token.text == ")" or token.word == "end")
    if len(code) > first:
        items.append((first, len(code) - 1))
    return items


CALL = re.compile(r"\b([a-z_]\w*)\(")
TEXT_LIST = re.compile(r"\[\s*('[^'\]]*'(?:\s*,\s*'[^'\]]*')*)\s*,?\s*\]")


def _in_jinja(token: Token) -> Iterator[Change]:
    """Changes of the macro calls, lists and numbers within a Jinja expression or statement."""
    text, base = token.text, token.start
    if re.match(r"\{%-?\s*(macro|materialization|call|do|if|elif)\b", text):
        return
    for match in CALL.finditer(text):
        yield from _of_call(text, base, match.group(1), match.start(1), match.end() - 1)
    for match in TEXT_LIST.finditer(text):
        items = re.findall(r"'[^']*'", match.group(1))
        for number in range(len(items)):
            left = items[:number] + items[number + 1 :]
            yield "key_dropped", base + match.start(), base + match.end(), f"[{', '.join(left)}]"
    for match in re.finditer(r"(?<![\w.%])\d+(?![\w.])", text):
        new = str(int(match.group()) + 1)
        yield "constant", base + match.start(), base + match.end(), new
    for match in re.finditer(r"\w+", text):
        if match.group() in SIBLINGS and match.group() not in ("valid_from", "valid_to"):
            yield "sibling", base + match.start(), base + match.end(), SIBLINGS[match.group()]
    for match in re.finditer(r"(?<=')[<>]=?(?= )|(?<= )[<>]=?(?= )", text):
        yield "boundary", base + match.start(), base + match.end(), SYMBOLS[match.group()]


def _of_call(text: str, base: int, name: str, start: int, bracket: int) -> Iterator[Change]:
    """Changes of one macro call; the positions are those of its name and of its opening bracket."""
    end, arguments = arguments_of(text, bracket)
    if name in CALLS:
        yield "rule_swapped", base + start, base + bracket, CALLS[name]
    if RULES.match(name):
        yield "rule_dropped", base + start, base + end, "'true'"
    if name in ("is_share_released", "is_share_withheld") and len(arguments) > 1:
        others = ", ".join(arguments[1:])
        yield "rule_swapped", base + start, base + end, f"{name.replace('share_', '')}({others})"
    if name in REQUIRED and len(arguments) > REQUIRED[name]:
        fewer = ", ".join(arguments[:-1])
        yield "argument_dropped", base + start, base + end, f"{name}({fewer})"
        if len(arguments) > REQUIRED[name] + 1:
            place = REQUIRED[name]
            always = ", ".join([*arguments[:place], "'true'", *arguments[place + 1 :]])
            yield "argument_dropped", base + start, base + end, f"{name}({always})"
    if name in SHOWN and len(arguments) > 1:
        yield "rule_dropped", base + start, base + end, SHOWN[name].format(*arguments)
    if name in PAIRS and len(arguments) > 1:
        swapped = ", ".join([arguments[1], arguments[0], *arguments[2:]])
        yield "arguments_swapped", base + bracket + 1, base + end - 1, swapped


def arguments_of(text: str, bracket: int) -> tuple[int, list[str]]:
    """Where a call ends, and its arguments.

    Parameters: bracket, the place of the call's opening bracket.
    """
    depth, quote, first, found = 0, "", bracket + 1, []
    for index in range(bracket, len(text)):
        sign = text[index]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if depth == 0:
                found.append(text[first:index].strip())
                return index + 1, [argument for argument in found if argument]
        elif sign == "," and depth == 1:
            found.append(text[first:index].strip())
            first = index + 1
    return len(text), []
