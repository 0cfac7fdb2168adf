"""From messages to the specification (III.D.2). Theorem: what is safe there is safe here, and what is done here is done there.

A node knows what it has received; a Byzantine node tells each recipient what it likes. For every N the evidence that a node received
implies the guard of the specification, and once the messages of honest nodes have arrived, an action that is done on messages is
done in the specification. So in a view under an honest leader every honest node decides.

Assumptions: at most f Byzantine nodes; authenticated channels; messages of honest nodes arrive. Tightness: if nodes may still vote
in views that they have left, a report in transit is not what its sender's votes are.
"""

from ceas_formal.report.tables import obligations_table
from ceas_formal.spec.messages import messages
from ceas_formal.verify.obligations import Induction, check

if __name__ == "__main__":
    print(obligations_table([check(obligation) for obligation in Induction(messages).proof()]))
    weaker = Induction(messages.without("vote4.in_view"))
    failing = [step.name for step in weaker.proof() if "_is_true/" in step.name and check(step).verdict == "sat"]
    print(f"without vote4.in_view, no longer true of reports: {', '.join(failing)}")
