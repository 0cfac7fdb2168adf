"""The texts for other tools: complete, legal, in step with the protocol, and accepted by the tools where these are installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ceas_formal.spec.checkpoint import checkpoint
from ceas_formal.spec.declarations import Step
from ceas_formal.spec.language import Formula, Ordered, Relation, Sort, every, implies, some
from ceas_formal.spec.protocol import Protocol
from ceas_formal.spec.quantity import F
from ceas_formal.verify.catalogue import specifications
from ceas_formal.verify.export import SUFFIXES, reserved, text

EXPORTS = Path(__file__).parent.parent.parent / "models" / "exports"
COMMENT = {"ivy": "#", "mypyvy": "#", "tla": r"\\\*", "quint": "//"}
IDENTIFIER = r"[A-Za-z_][A-Za-z_0-9]*"


@pytest.fixture(scope="module")
def texts():
    return {(name, language): text(protocol, language) for name, protocol in specifications().items() for language in SUFFIXES}


def code(written: str, language: str) -> str:
    """The text without comments, without what stands below a TLA+ module."""
    return re.sub(rf"{COMMENT[language]}.*", "", written.split("\n====")[0])


@pytest.mark.parametrize("language", SUFFIXES)
def test_the_committed_text_is_what_the_protocol_says(language):
    path = EXPORTS / f"checkpoint.{SUFFIXES[language]}"
    current = path.read_bytes() == text(checkpoint, language).encode()
    assert current, f"stale; run: ceas export --to {language} --output models/exports/{path.name}"


@pytest.mark.parametrize("language", SUFFIXES)
@pytest.mark.parametrize("name", specifications())
def test_everything_of_the_protocol_is_there_by_name(texts, name, language):
    protocol, written = specifications()[name], texts[name, language].lower()
    words = set(re.findall(r"[a-z_0-9]+", written))
    named = {*protocol.relations, *(claimed.name for claimed in protocol.of_kind("assumption", "invariant", "lemma", "safety"))}
    if language in ("tla", "quint"):
        named |= {claimed.name for claimed in protocol.of_kind("witness")}
    assert {entry.lower() for entry in named} <= words
    for action in protocol.actions.values():
        assert words & {action.name.lower(), f"do_{action.name.lower()}"}
        for clause in action.requires:
            assert f"{action.name}_{clause}".lower() in words if language == "ivy" else clause.lower() in words, clause
    for explained in (*protocol.actions.values(), *protocol.of_kind("invariant", "lemma", "safety")):
        assert explained.explanation.split()[0].lower() in written


@pytest.mark.parametrize("language", SUFFIXES)
@pytest.mark.parametrize("name", specifications())
def test_identifiers_are_legal_and_declared_once(texts, name, language):
    words = getattr(reserved, language.upper())
    body = code(texts[name, language], language)
    declared = {
        "ivy": rf"^(?:type|relation|individual|action|isolate|object) ({IDENTIFIER})|^\s*(?:invariant|axiom) \[({IDENTIFIER})\]",
        "mypyvy": rf"^(?:sort|(?:im)?mutable relation|transition) ({IDENTIFIER})|^(?:invariant|safety|axiom) \[({IDENTIFIER})\]",
        "tla": rf"^({IDENTIFIER})(?:\([^)]*\))? ==|^    ({IDENTIFIER}),?\s*$",
        "quint": rf"^\s*(?:const|var|assume|(?:pure )?(?:val|def)|action) ({IDENTIFIER})",
    }[language]
    found = ["".join(match.groups(default="")) for match in re.finditer(declared, body, re.MULTILINE)]
    ours = {"Init", "Next", "Spec", "vars", "HalfRoundedUp", "Largest", "start", "init", "step", "safety", "invariants", "group"}
    ours |= {"halfRoundedUp", "largest"}
    assert len(found) > 20
    assert not set(found) & (words - ours)
    local = {"group"}
    assert len(set(found) - local) == len([entry for entry in found if entry not in local])


@pytest.mark.parametrize("language", SUFFIXES)
def test_brackets_match(texts, language):
    for (_, written_for), written in texts.items():
        if written_for == language:
            body = code(written, language)
            for opening, closing in ("()", "{}", "[]"):
                assert body.count(opening) == body.count(closing)
            assert body.count("<<") == body.count(">>") or language != "tla"


@pytest.mark.parametrize("language", SUFFIXES)
def test_dropping_any_clause_changes_the_text(texts, language):
    whole = texts["checkpoint", language]
    for action in checkpoint.actions.values():
        for clause in action.requires:
            assert text(checkpoint.without(f"{action.name}.{clause}"), language) != whole, clause


@pytest.mark.parametrize("language", SUFFIXES)
def test_another_size_changes_the_text(texts, language):
    smaller = checkpoint.resized("quorum", lambda nodes, faults, false_accepts: 2 * faults + 1)
    assert text(smaller, language) != texts["checkpoint", language]


@pytest.mark.parametrize("language", ["ivy", "mypyvy"])
def test_guards_read_blocking_as_some_honest_node(texts, language):
    body = code(texts["checkpoint", language], language)
    guards = body[body.index("certify(n") : body.index("false_facts_never_start")]
    assert "locking" not in guards


# A protocol whose names are words of the languages, or clash with each other.


class Node(Sort):
    """A node."""


class Module(Ordered):
    """A sort called like a keyword."""


def unfriendly() -> Protocol:
    byzantine = Relation("byzantine", (Node,), rigid=True)
    protocol = Protocol("unfriendly", Node, byzantine)
    relation = protocol.grows("relation", Node, Module)
    action = protocol.grows("action", Node)
    quiet = protocol.grows("quiet")
    enough = protocol.threshold("enough", lambda nodes, faults, false_accepts: faults + 1)
    protocol.at_most("faults", F, (byzantine(m) for m in Node))
    protocol.meet("enough_is_honest", enough, outside=["faults"])

    @protocol.action(fair=True)
    def action_(node: Node, module: Module) -> Step:
        """Do it."""
        told = enough(relation(m, module) for m in Node)
        return Step(requires={"exists": told, "forall": ~action(node)}, ensures=[action(node), quiet(), relation(node, module)])

    @protocol.safety(since=[])
    def init(node: Node, module: Module) -> Formula:
        """Nothing much."""
        return every(implies(relation(node, d), d <= module) for d in Module) | some(action(m) for m in Node) | ~quiet()

    return protocol


@pytest.mark.parametrize("language", SUFFIXES)
def test_awkward_names_are_respelled(language):
    protocol = unfriendly()
    body = code(text(protocol, language), language)
    for word in {"ivy": ["relation", "action"], "mypyvy": ["relation", "init"], "tla": [], "quint": ["action", "init"]}[language]:
        assert re.search(rf"\b{word}(?:2|_)\b", body), word


# ---------------------------------------------------------------------- the tools themselves


def judged(tmp_path, tool, file, written, *options):
    if shutil.which(tool[0]) is None:
        pytest.skip(f"{tool[0]} is not on PATH")
    (tmp_path / file).write_text(written, encoding="utf-8")
    return subprocess.run([*tool, file, *options], cwd=tmp_path, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", specifications())
def test_ivy_proves_the_protocol(texts, name, tmp_path):
    outcome = judged(tmp_path, ["ivy_check"], f"{name}.ivy", texts[name, "ivy"])
    assert outcome.returncode == 0
    assert "FAIL" not in outcome.stdout
    assert outcome.stdout.endswith("OK\n")


@pytest.mark.medium
@pytest.mark.parametrize(
    ("clause", "step"),
    [("vote2.carried", "carried1_means_quorum"), ("vote1.once", "one_vote1"), ("vote1.certified", "votes_are_for_untampered_values")],
)
def test_ivy_refuses_a_weakened_protocol(clause, step, tmp_path):
    outcome = judged(tmp_path, ["ivy_check", f"isolate={step}_holds"], "weak.ivy", text(checkpoint.without(clause), "ivy"))
    assert outcome.returncode != 0
    assert f"{step} ... FAIL" in outcome.stdout


@pytest.mark.medium
@pytest.mark.parametrize("name", specifications())
def test_quint_accepts_the_types(texts, name, tmp_path):
    outcome = judged(tmp_path, ["quint", "typecheck"], f"{name}.qnt", texts[name, "quint"])
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


SIMULATION = ["--backend=typescript", "--main=small", "--max-steps=60", "--seed=1", "--verbosity=1"]


@pytest.mark.medium
def test_quint_sees_no_violation_and_a_decision(texts, tmp_path):
    options = [*SIMULATION, "--max-samples=20", "--invariants", "safety", "invariants", "--witnesses", "a_decision_in_the_second_view"]
    outcome = judged(tmp_path, ["quint", "run"], "checkpoint.qnt", texts["checkpoint", "quint"], *options)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "No violation" in outcome.stdout
    assert "witnessed in 0 trace" not in outcome.stdout


@pytest.mark.medium
def test_quint_finds_the_violation_of_a_weakened_protocol(tmp_path):
    options = [*SIMULATION, "--max-samples=200", "--invariant=carried1_means_quorum"]
    weak = text(checkpoint.without("vote2.carried"), "quint")
    outcome = judged(tmp_path, ["quint", "run"], "checkpoint.qnt", weak, *options)
    assert outcome.returncode == 1
    assert "[violation]" in outcome.stdout, outcome.stdout + outcome.stderr
