"""Words that a format keeps for itself, or that its text already uses: nothing in a protocol may be called so."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


IVY = _words(
    """relation individual function axiom conjecture schema instantiate instance derived concept init action method field state assume
    assert set null old from update params in match ensures requires modifies true false fresh module template object class type if else
    local let call entry macro interpret forall exists returns mixin execute before after isolate with export delegate import using
    include progress rely mixord extract process destructor some maximizing minimizing private implement property while invariant struct
    definition ghost alias trusted this var attribute variant of scenario proof named temporal globally eventually decreases
    specification implementation global common ensure require around parameter apply theorem showgoals defergoal spoil explicit thunk isa
    autoinstance constructor finite tactic unfold forget debug for subclass whenfirst whenlast whenprev whennext unprovable bool int nat
    iff or xor start"""
)
MYPYVY = _words(
    """modifies sort mutable immutable derived relation constant function init transition invariant sketch axiom new old forall exists
    true false zerostate onestate twostate theorem definition assume assert automaton global safety phase self any trace if then else let
    in sat unsat distinct bool int"""
)
TLA = _words(
    """ASSUME ASSUMPTION AXIOM BOOLEAN CASE CHOOSE CONSTANT CONSTANTS DOMAIN ELSE ENABLED EXCEPT EXTENDS IF IN INSTANCE LAMBDA LET LOCAL
    MODULE OTHER SF_ STRING SUBSET THEN THEOREM UNCHANGED UNION VARIABLE VARIABLES WF_ WITH TRUE FALSE BY DEF DEFINE HAVE HIDE LEMMA NEW
    OBVIOUS OMITTED PICK PROOF PROPOSITION PROVE QED RECURSIVE STATE SUFFICES TAKE TEMPORAL USE WITNESS ACTION COROLLARY DEFS ONLY Nat Int
    Cardinality IsFiniteSet Init Next Spec vars S group Largest HalfRoundedUp"""
)
QUINT = _words(
    """module import from export as assume const var val def pure action run temporal nondet type if else and or iff implies all any true
    false Int Nat Bool Set List Map Rec Tup str int bool match not contains in notin exists forall filter map fold union intersect exclude
    subseteq size oneOf powerset flatten to tuples get keys values set setBy put nth append concat head tail length indices slice select
    foldl foldr mapBy setOfMaps setToMap allListsUpTo chooseSome isFinite assert then expect reps fail always eventually next enabled
    orKeep mustChange guarantees existsConst iadd isub imul idiv imod ipow igt ilt igte ilte iuminus eq neq ite field with variant
    init step small nodes group halfRoundedUp largest safety invariants it q debug allLists leadsTo weakFair strongFair
    getOnlyElement fieldNames item unwrap replaceAt range"""
)
