--------------------------------------------- MODULE checkpoint ----------------------------------------------
\* checkpoint: the protocol with sets that are counted. A relation is the set of its tuples; it only grows.
\*
\* What is Byzantine is not modelled: in a threshold, Byzantine nodes report whatever helps, so they count as
\* if they did.
\*
\* To try it: copy what stands below the last line to checkpoint.cfg, then
\*
\*     java -cp tla2tools.jar tlc2.TLC -deadlock checkpoint.tla
\*
\* A witness is a state that must be reachable: TLC must find `never_...` violated.

EXTENDS Integers, FiniteSets

\* ------------------------------------------- the setting --------------------------------------------

CONSTANTS
    f,  \* at most so many nodes are Byzantine
    a,  \* at most so many honest nodes are fooled at once
    Node,  \* A member of the active set A.
    View,  \* One attempt to decide, under one leader.
    Value,  \* What a checkpoint decides: the epoch, the used payloads with contents and weights, the next active set.
    Payload,  \* A quantum payload ρ_k with the classical content x claimed of it; other facts that a value rests on are certified alike.
    byzantine,  \* \subseteq Node
    leads,  \* \subseteq Node \X View
    uses,  \* \subseteq Value \X Payload
    well_formed,  \* \subseteq Value
    tampered,  \* \subseteq Payload
    accepts  \* \subseteq Node \X Payload

N == Cardinality(Node)

HalfRoundedUp(x) == (x + 1) \div 2
Largest(x, y) == IF x >= y THEN x ELSE y

\* Thresholds: of S and the Byzantine nodes, or of the honest nodes in S, there are enough.
\* quorum: max(⌈(N+f+1)/2⌉, 2f+a+1) nodes.
quorum(S) == Cardinality(S \cup byzantine) >= Largest(HalfRoundedUp(N + f + 1), 2 * f + a + 1)
quorum_of_honest(S) == Cardinality(S \ byzantine) >= Largest(HalfRoundedUp(N + f + 1), 2 * f + a + 1)

\* blocking: f+1 nodes.
blocking(S) == Cardinality(S \cup byzantine) >= f + 1
blocking_of_honest(S) == Cardinality(S \ byzantine) >= f + 1

\* certifying: f+a+1 nodes.
certifying(S) == Cardinality(S \cup byzantine) >= f + a + 1
certifying_of_honest(S) == Cardinality(S \ byzantine) >= f + a + 1

\* usable: 2f+a+1 nodes.
usable(S) == Cardinality(S \cup byzantine) >= 2 * f + a + 1
usable_of_honest(S) == Cardinality(S \ byzantine) >= 2 * f + a + 1

ASSUME View \subseteq Nat
ASSUME byzantine \subseteq Node
ASSUME leads \subseteq Node \X View
ASSUME uses \subseteq Value \X Payload
ASSUME well_formed \subseteq Value
ASSUME tampered \subseteq Payload
ASSUME accepts \subseteq Node \X Payload

ASSUME admissible == N >= 3 * f + a + 1
ASSUME faults == Cardinality({m \in Node : m \in byzantine}) <= f
ASSUME budget == \A p \in Payload : Cardinality({m \in Node : p \in tampered /\ m \notin byzantine /\ <<m, p>> \in accepts}) <= a
\* A view has one leader at most, so what is proposed in it is that node's own state. No proof of safety uses
\* it.
ASSUME one_leader ==
    \A view \in View, m \in Node, n \in Node : (<<m, view>> \in leads /\ <<n, view>> \in leads) => m = n

\* -------------------------------------------- the state ---------------------------------------------

VARIABLES
    ok,  \* \subseteq Node \X Payload
    left,  \* \subseteq Node \X View
    proposed,  \* \subseteq View \X Value
    vote1,  \* \subseteq Node \X View \X Value
    vote2,  \* \subseteq Node \X View \X Value
    vote3,  \* \subseteq Node \X View \X Value
    vote4,  \* \subseteq Node \X View \X Value
    decided,  \* \subseteq Node \X View \X Value
    carried1,  \* \subseteq View \X Value (a ghost: no node stores or sends it)
    carried2,  \* \subseteq View \X Value (a ghost: no node stores or sends it)
    carried3,  \* \subseteq View \X Value (a ghost: no node stores or sends it)
    carried4,  \* \subseteq View \X Value (a ghost: no node stores or sends it)
    offered  \* \subseteq View \X Value \X View (a ghost: no node stores or sends it)

vars == <<ok, left, proposed, vote1, vote2, vote3, vote4, decided, carried1, carried2, carried3, carried4,
          offered>>

Init ==
    /\ ok = {}
    /\ left = {}
    /\ proposed = {}
    /\ vote1 = {}
    /\ vote2 = {}
    /\ vote3 = {}
    /\ vote4 = {}
    /\ decided = {}
    /\ carried1 = {}
    /\ carried2 = {}
    /\ carried3 = {}
    /\ carried4 = {}
    /\ offered = {}

\* --------------------------------------- what honest nodes do ---------------------------------------

\* Send OK: on the node's own verdict, or once it holds f+a+1 OKs.
Certify(n, p) ==
    /\ n \notin byzantine  \* honest
    /\ <<n, p>> \notin ok  \* fresh
    /\ (<<n, p>> \in accepts \/ certifying({m \in Node : <<m, p>> \in ok}))  \* verdict
    /\ ok' = ok \cup {<<n, p>>}
    /\ UNCHANGED <<left, proposed, vote1, vote2, vote3, vote4, decided, carried1, carried2, carried3, carried4,
                   offered>>

\* Enter a view, leaving all lower ones, before PROOF and SUGGEST are sent.
Enter(n, view) ==
    /\ n \notin byzantine  \* honest
    /\ <<n, view>> \notin left /\ ~(\A c \in View : c < view => <<n, c>> \in left)  \* forward
    /\ left' = left \cup {<<n, c>> : c \in {c2 \in View : c2 < view}}
    /\ UNCHANGED <<ok, proposed, vote1, vote2, vote3, vote4, decided, carried1, carried2, carried3, carried4,
                   offered>>

\* PROPOSE: the leader offers a value that its SUGGESTs allow, made of facts with 2f+a+1 OKs.
Propose(n, view, value, last) ==
    /\ n \notin byzantine  \* honest
    /\ <<n, view>> \in leads  \* leader
    /\ (\A c \in View : c < view => <<n, c>> \in left) /\ <<n, view>> \notin left  \* in_view
    /\ ~(\E x \in Value : <<view, x>> \in proposed)  \* once
    /\ value \in well_formed  \* well_formed
    /\ \A p \in Payload : <<value, p>> \in uses => usable({m \in Node : <<m, p>> \in ok})  \* usable
    \* locks_agree
    /\ quorum({m \in Node :
           /\ \A c \in View : c < view => <<m, c>> \in left
           /\ \A d \in View, x \in Value :
                  (last <= d /\ d < view /\ <<m, d, x>> \in vote3) => (d = last /\ x = value)})
    \* claimed
    /\ (\/ quorum({m \in Node :
               /\ \A c \in View : c < view => <<m, c>> \in left
               /\ ~(\E d \in View, x \in Value : d < view /\ <<m, d, x>> \in vote3)})
        \/ /\ last < view
           /\ blocking({m \in Node :
                  /\ \A c \in View : c < view => <<m, c>> \in left
                  /\ \E d \in View : last <= d /\ d < view /\ <<m, d, value>> \in vote2}))
    /\ proposed' = proposed \cup {<<view, value>>}
    /\ offered' = offered \cup {<<view, value, last>>}
    /\ UNCHANGED <<ok, left, vote1, vote2, vote3, vote4, decided, carried1, carried2, carried3, carried4>>

\* VOTE1: the proposal is well formed, certified, and a quorum of PROOFs shows that it contradicts no earlier
\* decision.
Vote1(n, view, value, last) ==
    /\ n \notin byzantine  \* honest
    /\ (\A c \in View : c < view => <<n, c>> \in left) /\ <<n, view>> \notin left  \* in_view
    /\ ~(\E x \in Value : <<n, view, x>> \in vote1)  \* once
    /\ \E m \in Node : <<m, view>> \in leads /\ (m \in byzantine \/ <<view, value>> \in proposed)  \* proposed
    /\ value \in well_formed  \* well_formed
    /\ \A p \in Payload : <<value, p>> \in uses => certifying({m \in Node : <<m, p>> \in ok})  \* certified
    \* locks_agree
    /\ quorum({m \in Node :
           /\ \A c \in View : c < view => <<m, c>> \in left
           /\ \A d \in View, x \in Value :
                  (last <= d /\ d < view /\ <<m, d, x>> \in vote4) => (d = last /\ x = value)})
    \* claimed
    /\ (\/ quorum({m \in Node :
               /\ \A c \in View : c < view => <<m, c>> \in left
               /\ ~(\E d \in View, x \in Value : d < view /\ <<m, d, x>> \in vote4)})
        \/ /\ last < view
           /\ blocking({m \in Node :
                  /\ \A c \in View : c < view => <<m, c>> \in left
                  /\ \E d \in View : last <= d /\ d < view /\ <<m, d, value>> \in vote1}))
    /\ ok' = ok \cup {<<n, p>> : p \in {p2 \in Payload : <<value, p2>> \in uses}}
    /\ vote1' = vote1 \cup {<<n, view, value>>}
    /\ UNCHANGED <<left, proposed, vote2, vote3, vote4, decided, carried1, carried2, carried3, carried4, offered>>

\* VOTE2: a quorum cast VOTE1.
Vote2(n, view, value) ==
    /\ n \notin byzantine  \* honest
    /\ (\A c \in View : c < view => <<n, c>> \in left) /\ <<n, view>> \notin left  \* in_view
    /\ <<n, view, value>> \notin vote2  \* once
    /\ quorum({m \in Node : <<m, view, value>> \in vote1})  \* carried
    /\ vote2' = vote2 \cup {<<n, view, value>>}
    /\ carried1' = carried1 \cup {<<view, value>>}
    /\ UNCHANGED <<ok, left, proposed, vote1, vote3, vote4, decided, carried2, carried3, carried4, offered>>

\* VOTE3: a quorum cast VOTE2.
Vote3(n, view, value) ==
    /\ n \notin byzantine  \* honest
    /\ (\A c \in View : c < view => <<n, c>> \in left) /\ <<n, view>> \notin left  \* in_view
    /\ <<n, view, value>> \notin vote3  \* once
    /\ quorum({m \in Node : <<m, view, value>> \in vote2})  \* carried
    /\ vote3' = vote3 \cup {<<n, view, value>>}
    /\ carried2' = carried2 \cup {<<view, value>>}
    /\ UNCHANGED <<ok, left, proposed, vote1, vote2, vote4, decided, carried1, carried3, carried4, offered>>

\* VOTE4: a quorum cast VOTE3.
Vote4(n, view, value) ==
    /\ n \notin byzantine  \* honest
    /\ (\A c \in View : c < view => <<n, c>> \in left) /\ <<n, view>> \notin left  \* in_view
    /\ <<n, view, value>> \notin vote4  \* once
    /\ quorum({m \in Node : <<m, view, value>> \in vote3})  \* carried
    /\ vote4' = vote4 \cup {<<n, view, value>>}
    /\ carried3' = carried3 \cup {<<view, value>>}
    /\ UNCHANGED <<ok, left, proposed, vote1, vote2, vote3, decided, carried1, carried2, carried4, offered>>

\* Decide: a quorum cast VOTE4, in whatever view the node is by now.
Decide(n, view, value) ==
    /\ n \notin byzantine  \* honest
    /\ ~(\E c \in View, x \in Value : <<n, c, x>> \in decided)  \* once
    /\ quorum({m \in Node : <<m, view, value>> \in vote4})  \* carried
    /\ decided' = decided \cup {<<n, view, value>>}
    /\ carried4' = carried4 \cup {<<view, value>>}
    /\ UNCHANGED <<ok, left, proposed, vote1, vote2, vote3, vote4, carried1, carried2, carried3, offered>>

Next ==
    \/ \E n \in Node, p \in Payload : Certify(n, p)
    \/ \E n \in Node, view \in View : Enter(n, view)
    \/ \E n \in Node, view \in View, value \in Value, last \in View : Propose(n, view, value, last)
    \/ \E n \in Node, view \in View, value \in Value, last \in View : Vote1(n, view, value, last)
    \/ \E n \in Node, view \in View, value \in Value : Vote2(n, view, value)
    \/ \E n \in Node, view \in View, value \in Value : Vote3(n, view, value)
    \/ \E n \in Node, view \in View, value \in Value : Vote4(n, view, value)
    \/ \E n \in Node, view \in View, value \in Value : Decide(n, view, value)

Spec == Init /\ [][Next]_vars

\* ------------------------------ what holds, and what must be reachable ------------------------------

\* (invariant) An honest OK for a tampered payload comes from a fooled node.
false_facts_never_start ==
    \A p \in Payload, n \in Node :
        (n \notin byzantine /\ <<n, p>> \in ok /\ p \in tampered) => <<n, p>> \in accepts

\* (invariant) No honest VOTE1 is for a value that uses a tampered payload.
votes_are_for_untampered_values ==
    \A view \in View, value \in Value, p \in Payload :
        ((\E n \in Node : n \notin byzantine /\ <<n, view, value>> \in vote1) /\ <<value, p>> \in uses)
        => p \notin tampered

\* (invariant) No honest VOTE1 is for a value that is not well formed.
votes_are_well_formed ==
    \A view \in View, value \in Value :
        (\E n \in Node : n \notin byzantine /\ <<n, view, value>> \in vote1) => value \in well_formed

\* (invariant) Whoever casts VOTE1 for a value has sent its own OK for each payload that the value uses.
voters_send_ok ==
    \A view \in View, value \in Value, p \in Payload, n \in Node :
        (n \notin byzantine /\ <<n, view, value>> \in vote1 /\ <<value, p>> \in uses) => <<n, p>> \in ok

\* (invariant) An honest node casts at most one VOTE1 in a view.
one_vote1 ==
    \A n \in Node, view \in View, x \in Value, y \in Value :
        (n \notin byzantine /\ <<n, view, x>> \in vote1 /\ <<n, view, y>> \in vote1) => x = y

\* (invariant) An honest vote2 is cast only where a quorum cast vote1.
vote2_needs_vote1 ==
    \A view \in View, value \in Value :
        (\E n \in Node : n \notin byzantine /\ <<n, view, value>> \in vote2) => <<view, value>> \in carried1

\* (invariant) Where carried1 is set, a quorum cast vote1.
carried1_means_quorum ==
    \A view \in View, value \in Value :
        <<view, value>> \in carried1 => quorum({m \in Node : <<m, view, value>> \in vote1})

\* (invariant) An honest vote3 is cast only where a quorum cast vote2.
vote3_needs_vote2 ==
    \A view \in View, value \in Value :
        (\E n \in Node : n \notin byzantine /\ <<n, view, value>> \in vote3) => <<view, value>> \in carried2

\* (invariant) Where carried2 is set, a quorum cast vote2.
carried2_means_quorum ==
    \A view \in View, value \in Value :
        <<view, value>> \in carried2 => quorum({m \in Node : <<m, view, value>> \in vote2})

\* (invariant) An honest vote4 is cast only where a quorum cast vote3.
vote4_needs_vote3 ==
    \A view \in View, value \in Value :
        (\E n \in Node : n \notin byzantine /\ <<n, view, value>> \in vote4) => <<view, value>> \in carried3

\* (invariant) Where carried3 is set, a quorum cast vote3.
carried3_means_quorum ==
    \A view \in View, value \in Value :
        <<view, value>> \in carried3 => quorum({m \in Node : <<m, view, value>> \in vote3})

\* (invariant) An honest decided is cast only where a quorum cast vote4.
decided_needs_vote4 ==
    \A view \in View, value \in Value :
        (\E n \in Node : n \notin byzantine /\ <<n, view, value>> \in decided) => <<view, value>> \in carried4

\* (invariant) Where carried4 is set, a quorum cast vote4.
carried4_means_quorum ==
    \A view \in View, value \in Value :
        <<view, value>> \in carried4 => quorum({m \in Node : <<m, view, value>> \in vote4})

\* (invariant) Where an honest node cast VOTE1, no lower view can ever decide another value.
votes_are_safe ==
    \A c \in View, view \in View, x \in Value, value \in Value :
        ((\E n \in Node : n \notin byzantine /\ <<n, view, value>> \in vote1) /\ c < view /\ x # value)
        => ~quorum({m \in Node : ~(<<m, c>> \in left /\ <<m, c, x>> \notin vote4)})

\* (lemma) A quorum of vote4 holds an honest node, which saw a quorum of vote3.
carried4_implies_carried3 ==
    \A view \in View, value \in Value : <<view, value>> \in carried4 => <<view, value>> \in carried3

\* (lemma) A quorum of vote3 holds an honest node, which saw a quorum of vote2.
carried3_implies_carried2 ==
    \A view \in View, value \in Value : <<view, value>> \in carried3 => <<view, value>> \in carried2

\* (lemma) A quorum of vote2 holds an honest node, which saw a quorum of vote1.
carried2_implies_carried1 ==
    \A view \in View, value \in Value : <<view, value>> \in carried2 => <<view, value>> \in carried1

\* (lemma) The four votes are a chain.
carried4_implies_carried1 ==
    \A view \in View, value \in Value : <<view, value>> \in carried4 => <<view, value>> \in carried1

\* (lemma) A quorum of VOTE1 holds an honest node.
carried1_implies_honest_vote1 ==
    \A view \in View, value \in Value :
        <<view, value>> \in carried1 => (\E n \in Node : n \notin byzantine /\ <<n, view, value>> \in vote1)

\* (lemma) Where a quorum cast VOTE1, so many honest nodes have sent OK for each used payload that it is
\* certified everywhere.
what_was_relied_on_is_certified ==
    \A view \in View, value \in Value, p \in Payload :
        (<<view, value>> \in carried1 /\ <<value, p>> \in uses)
        => certifying_of_honest({n \in Node : <<n, p>> \in ok})

\* (lemma) At most one value is carried in a view.
one_value_per_view ==
    \A view \in View, x \in Value, y \in Value : (<<view, x>> \in carried1 /\ <<view, y>> \in carried1) => x = y

\* (lemma) What can be decided in a view is all that can be carried later.
decision_binds_later_views ==
    \A c \in View, view \in View, x \in Value, y \in Value :
        (c < view /\ <<c, x>> \in carried4 /\ <<view, y>> \in carried1) => x = y

\* (lemma) Two values that can be decided are equal.
one_carried4 ==
    \A c \in View, view \in View, x \in Value, y \in Value :
        (<<c, x>> \in carried4 /\ <<view, y>> \in carried4) => x = y

\* (safety) No two honest nodes decide differently, in whatever views.
agreement ==
    \A m \in Node, n \in Node, c \in View, view \in View, x \in Value, y \in Value :
        (m \notin byzantine /\ n \notin byzantine /\ <<m, c, x>> \in decided /\ <<n, view, y>> \in decided)
        => x = y

\* (safety) No decided value uses a tampered payload.
no_tampered_commit ==
    \A n \in Node, view \in View, value \in Value, p \in Payload :
        (n \notin byzantine /\ <<n, view, value>> \in decided /\ <<value, p>> \in uses) => p \notin tampered

\* (safety) Every decided value is well formed: of its epoch, within the caps, with an admissible next active
\* set.
decided_values_are_well_formed ==
    \A n \in Node, view \in View, value \in Value :
        (n \notin byzantine /\ <<n, view, value>> \in decided) => value \in well_formed

\* (invariant) Behind every PROPOSE of an honest leader is a view that it found.
proposals_are_offered ==
    \A view \in View, value \in Value :
        <<view, value>> \in proposed => (\E last \in View : <<view, value, last>> \in offered)

\* (invariant) What an honest leader is said to have proposed, an honest leader of that view has: views have
\* one leader, so it knows.
leaders_propose ==
    \A view \in View, value \in Value :
        <<view, value>> \in proposed => (\E m \in Node : m \notin byzantine /\ <<m, view>> \in leads)

\* (invariant) Honest leaders propose one value in a view.
one_proposal ==
    \A view \in View, x \in Value, y \in Value : (<<view, x>> \in proposed /\ <<view, y>> \in proposed) => x = y

\* (invariant) An honest VOTE1 is for what an honest leader proposed, or the view has a Byzantine leader.
votes_follow_proposals ==
    \A n \in Node, view \in View, x \in Value :
        (n \notin byzantine /\ <<n, view, x>> \in vote1)
        => (<<view, x>> \in proposed \/ (\E m \in Node : <<m, view>> \in leads /\ m \in byzantine))

\* (invariant) An honest leader proposes well-formed values.
proposals_are_well_formed ==
    \A view \in View, value \in Value : <<view, value>> \in proposed => value \in well_formed

\* (invariant) What an honest leader proposes uses payloads with f+a+1 honest OKs: certified at every voter.
proposals_are_certified ==
    \A view \in View, value \in Value, p \in Payload :
        (<<view, value>> \in proposed /\ <<value, p>> \in uses)
        => certifying_of_honest({m \in Node : <<m, p>> \in ok})

\* (invariant) From `last` to the view, nothing but the offered value, at `last`, can ever be locked.
no_lock_from_last ==
    \A view \in View, value \in Value, last \in View, d \in View, x \in Value :
        (<<view, value, last>> \in offered /\ last <= d /\ d < view /\ ~(d = last /\ x = value))
        => ~quorum({m \in Node : ~(<<m, d>> \in left /\ <<m, d, x>> \notin vote3)})

\* (invariant) Some honest node cast VOTE2 for the offered value from `last` on, or nothing below the view can
\* ever be locked.
offers_are_claimed ==
    \A view \in View, value \in Value, last \in View :
        <<view, value, last>> \in offered
        => (\/ \A d \in View, x \in Value :
                   d < view => ~quorum({m \in Node : ~(<<m, d>> \in left /\ <<m, d, x>> \notin vote3)})
            \/ /\ last < view
               /\ \E d \in View :
                      last <= d /\ d < view /\ (\E n \in Node : n \notin byzantine /\ <<n, d, value>> \in vote2))

\* (lemma) From `last` to the view, no honest VOTE4 is for anything but the offered value, at `last`.
no_vote4_from_last ==
    \A view \in View, value \in Value, last \in View, d \in View, x \in Value :
        (/\ <<view, value, last>> \in offered
         /\ last <= d
         /\ d < view
         /\ \E n \in Node : n \notin byzantine /\ <<n, d, x>> \in vote4)
        => (d = last /\ x = value)

\* (lemma) An honest VOTE4 needs a quorum of VOTE3.
what_cannot_be_locked_has_no_vote4 ==
    \A d \in View, x \in Value :
        \/ quorum({m \in Node : ~(<<m, d>> \in left /\ <<m, d, x>> \notin vote3)})
        \/ ~(\E n \in Node : n \notin byzantine /\ <<n, d, x>> \in vote4)

\* (lemma) Some honest node cast VOTE2 for the offered value from `last` on, or there is no honest VOTE4 below
\* the view.
offers_are_claimed_or_unlocked ==
    \A view \in View, value \in Value, last \in View :
        <<view, value, last>> \in offered
        => (\/ \A d \in View, x \in Value :
                   d < view => ~(\E n \in Node : n \notin byzantine /\ <<n, d, x>> \in vote4)
            \/ /\ last < view
               /\ \E d \in View :
                      last <= d /\ d < view /\ (\E n \in Node : n \notin byzantine /\ <<n, d, value>> \in vote2))

\* (lemma) Behind an honest VOTE2 are f+1 honest VOTE1.
claims_of_vote2_are_claims_of_vote1 ==
    \A d \in View, value \in Value :
        (\E n \in Node : n \notin byzantine /\ <<n, d, value>> \in vote2)
        => blocking_of_honest({m \in Node : <<m, d, value>> \in vote1})

\* (lemma) Behind an honest VOTE3 are f+1 honest VOTE2.
locks_are_claimed ==
    \A last \in View, value \in Value :
        (\E n \in Node : n \notin byzantine /\ <<n, last, value>> \in vote3)
        => blocking_of_honest({m \in Node : <<m, last, value>> \in vote2})

\* (lemma) Honest nodes cast VOTE3 for one value in a view.
one_lock_per_view ==
    \A d \in View, x \in Value, y \in Value :
        (/\ \E n \in Node : n \notin byzantine /\ <<n, d, x>> \in vote3
         /\ \E n \in Node : n \notin byzantine /\ <<n, d, y>> \in vote3)
        => x = y

\* (lemma) What an honest node locks is well formed.
locked_values_are_well_formed ==
    \A last \in View, value \in Value :
        (\E n \in Node : n \notin byzantine /\ <<n, last, value>> \in vote3) => value \in well_formed

\* (lemma) Payloads of a value that an honest node locks have f+a+1 honest OKs.
locked_values_are_certified ==
    \A last \in View, value \in Value, p \in Payload :
        ((\E n \in Node : n \notin byzantine /\ <<n, last, value>> \in vote3) /\ <<value, p>> \in uses)
        => certifying_of_honest({m \in Node : <<m, p>> \in ok})

\* (witness) A value that uses a payload is decided at once.
a_decision_in_the_first_view ==
    \E n \in Node, view \in View, value \in Value, p \in Payload :
        /\ n \notin byzantine
        /\ \A c \in View : view <= c
        /\ <<n, view, value>> \in decided
        /\ <<value, p>> \in uses
never_a_decision_in_the_first_view == ~a_decision_in_the_first_view

\* (witness) A decision after a view that decided nothing, led by an honest node.
a_decision_in_the_second_view ==
    \E n \in Node, c \in View, view \in View, value \in Value :
        /\ n \notin byzantine
        /\ \A c2 \in View : c <= c2
        /\ c < view
        /\ \A d \in View : d <= c \/ view <= d
        /\ \E m \in Node : m \notin byzantine /\ <<m, view>> \in leads
        /\ <<n, view, value>> \in decided
never_a_decision_in_the_second_view == ~a_decision_in_the_second_view

\* (witness) An honest VOTE4 in one view, the first decision in a later one: the lock is followed, not only
\* avoided.
a_locked_value_is_decided_later ==
    \E n \in Node, c \in View, view \in View, value \in Value :
        /\ n \notin byzantine
        /\ c < view
        /\ \E n2 \in Node : n2 \notin byzantine /\ <<n2, c, value>> \in vote4
        /\ ~(\E m \in Node, x \in Value : <<m, c, x>> \in decided)
        /\ <<n, view, value>> \in decided
never_a_locked_value_is_decided_later == ~a_locked_value_is_decided_later


\* ----------------------------------------- a small instance -----------------------------------------

small_byzantine == {3}
small_leads == {<<0, 0>>, <<0, 1>>}
small_uses == Value \X Payload
small_well_formed == Value
small_tampered == {}
small_accepts == Node \X Payload
==============================================================================================================

SPECIFICATION Spec
CONSTANTS
    f = 1
    a = 0
    Node = {0, 1, 2, 3}
    View = {0, 1}
    Value = {0, 1}
    Payload = {0}
    byzantine <- small_byzantine
    leads <- small_leads
    uses <- small_uses
    well_formed <- small_well_formed
    tampered <- small_tampered
    accepts <- small_accepts
INVARIANTS
    false_facts_never_start
    votes_are_for_untampered_values
    votes_are_well_formed
    voters_send_ok
    one_vote1
    vote2_needs_vote1
    carried1_means_quorum
    vote3_needs_vote2
    carried2_means_quorum
    vote4_needs_vote3
    carried3_means_quorum
    decided_needs_vote4
    carried4_means_quorum
    votes_are_safe
    carried4_implies_carried3
    carried3_implies_carried2
    carried2_implies_carried1
    carried4_implies_carried1
    carried1_implies_honest_vote1
    what_was_relied_on_is_certified
    one_value_per_view
    decision_binds_later_views
    one_carried4
    agreement
    no_tampered_commit
    decided_values_are_well_formed
    proposals_are_offered
    leaders_propose
    one_proposal
    votes_follow_proposals
    proposals_are_well_formed
    proposals_are_certified
    no_lock_from_last
    offers_are_claimed
    no_vote4_from_last
    what_cannot_be_locked_has_no_vote4
    offers_are_claimed_or_unlocked
    claims_of_vote2_are_claims_of_vote1
    locks_are_claimed
    one_lock_per_view
    locked_values_are_well_formed
    locked_values_are_certified
