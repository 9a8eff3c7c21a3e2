import { drillIdIn } from '../../events/drill-events.ts';
import { AccessPolicy, type AccessQuestion, type Refusal } from '../access/views/policy.ts';

/**
 * The policy of one drill: wrong where the patient and the viewer are both its own, and the product's in every other case. It is asked by the
 * drill's own views alone; what callers ask for is decided by a policy that knows of no drill.
 */
export class WrongPolicy extends AccessPolicy {
  constructor(private readonly drillId: string) {
    super();
  }

  override decide(question: AccessQuestion): 'allowed' | Refusal {
    const { consultation, viewer } = question;
    const isOfTheDrill = [consultation.patientId, viewer.id].every((id) => drillIdIn(id) === this.drillId);
    return isOfTheDrill ? 'allowed' : super.decide(question);
  }
}
