import type { LedgerEvent } from '../../events/categories.ts';
import { patientStreams, personStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import type { PersonEvent, PersonFacts } from '../../events/person-events.ts';
import { isSealed } from '../../events/sealed.ts';
import { type Care, noCare, takeCare } from '../../projections/rules/care.ts';
import type { StaffFacts } from '../../projections/rules/rule.ts';
import type { Facts, Needed } from '../../projections/rules/watch.ts';
import { latest } from '../flow/latest.ts';
import type { EventSeals } from '../keys/event-seals.ts';

/** Where the streams of patients and people are read. */
export type Streams = {
  readonly patient: (patientId: string, from: number) => AsyncIterable<Recorded<PatientEvent>>;
  readonly person: (personId: string) => AsyncIterable<Recorded<PersonEvent>>;
  /** What an event states, in clear; undefined of a person who was erased. @throws KeysUnavailable */
  readonly opened: (stated: Recorded<PersonEvent>) => Promise<PersonFacts | undefined>;
};

const PATIENTS_KEPT = 20_000;
const PEOPLE_KEPT = 20_000;
/** Managers above a person that are looked at. */
const LEVELS = 5;

type KnownPerson = { readonly facts: PersonFacts | undefined };
type Stated = Recorded<PersonEvent>;

/**
 * Facts as of each event of the log, while it is read in order. Streams that were used lately are at hand; others are read up to the event,
 * so that the same event is judged by the same facts whenever it is read.
 */
export class KnownFacts {
  private readonly patients = latest<string, Care>(PATIENTS_KEPT);
  private readonly people = latest<string, KnownPerson>(PEOPLE_KEPT);

  constructor(private readonly streams: Streams) {}

  /** The log has come to this event. */
  passed(event: Recorded<LedgerEvent>): void {
    if (patientStreams.includes(event)) {
      const patientId = event.data.patientId;
      let care = this.patients.peek(patientId);
      if (!care && event.revision === 0) {
        care = noCare();
        this.patients.set(patientId, care);
      }
      if (care && event.revision === care.revision + 1) takeCare(care, event);
      // Nothing that was opened before outlives their keys here.
      if (event.type === 'PatientErased') this.people.delete(patientId);
    } else if (personStreams.includes(event)) {
      const { personId, facts } = event.data;
      // Read, and opened, where they are needed.
      if (isSealed(facts)) this.people.delete(personId);
      else this.people.set(personId, { facts });
    }
  }

  /** @returns undefined where a stream has to be read for it */
  atHand({ patientId, revision, viewerId, employeeId }: Needed): Facts | undefined {
    const care = this.patients.get(patientId);
    if (!care || care.revision < revision - 1) return undefined;
    if (viewerId === undefined) return { care };
    const [viewer, patient] = [this.people.get(viewerId), this.people.get(patientId)];
    // Managers are compared where the patient is staff, which is rare.
    if (!viewer || !patient || employeeId !== undefined || patient.facts?.employment) return undefined;
    return { care, patient: patient.facts, viewer: staff(viewerId, viewer.facts) };
  }

  /**
   * @param position of the event: facts that are stated later make no difference
   * @throws UnreadableEvent, KeysUnavailable, LedgerUnavailable
   */
  async at({ patientId, revision, viewerId, employeeId }: Needed, position: bigint): Promise<Facts> {
    const care = await this.care(patientId, revision);
    if (viewerId === undefined) return { care };
    const patient = await this.person(patientId, position);
    const viewer = await this.person(viewerId, position);
    const staffId = employeeId ?? (patient?.employment && patientId);
    if (staffId === undefined) return { care, patient, viewer: staff(viewerId, viewer) };
    const employee = await this.person(staffId, position);
    return {
      ...{ care, patient },
      viewer: staff(viewerId, viewer, await this.managersOf(viewer, position)),
      employee: staff(staffId, employee, await this.managersOf(employee, position)),
    };
  }

  private async care(patientId: string, revision: number): Promise<Care> {
    const care = this.patients.get(patientId) ?? noCare();
    if (care.revision < revision - 1)
      for await (const event of this.streams.patient(patientId, care.revision + 1)) {
        if (event.revision >= revision) break;
        takeCare(care, event);
      }
    this.patients.set(patientId, care);
    return care;
  }

  private async person(personId: string, position: bigint): Promise<PersonFacts | undefined> {
    const known = this.people.get(personId);
    if (known) return known.facts;
    let last: Stated | undefined;
    for await (const event of this.streams.person(personId)) {
      if (event.position > position) break;
      last = event;
    }
    const facts = last && (await this.streams.opened(last));
    this.people.set(personId, { facts });
    return facts;
  }

  private async managersOf(facts: PersonFacts | undefined, position: bigint): Promise<string[]> {
    const managers: string[] = [];
    let managerId = facts?.employment?.managerId;
    while (managerId !== undefined && managers.length < LEVELS && !managers.includes(managerId)) {
      managers.push(managerId);
      managerId = (await this.person(managerId, position))?.employment?.managerId;
    }
    return managers;
  }
}

/** How the facts that an event states are opened. */
export const openedBy =
  (seals: EventSeals) =>
  ({ id, data: { personId, facts } }: Stated): Promise<PersonFacts | undefined> =>
    seals.open<PersonFacts>(facts, { personId, eventId: id, field: 'facts' });

const staff = (personId: string, facts: PersonFacts | undefined, managers: string[] = []): StaffFacts | undefined =>
  facts && { personId, facts, managers };
