/**
 * What R4 and the profiles of IHE's Basic Audit Log Patterns ask of the AuditEvents that this ledger makes, as a table of our own: how often
 * an element must be there, and which codes it may have. `agent{DCM#110152}` are the agents of that type, and so for entities.
 */
export type MustSupport = {
  readonly path: string;
  readonly least: number;
  readonly most: number;
  /** `system#code`, or a plain value; one of them. */
  readonly values?: readonly string[];
};

const MANY = Number.POSITIVE_INFINITY;
const must = (path: string, least: number, most: number, ...values: readonly string[]): MustSupport => ({
  ...{ path, least, most },
  ...(values.length > 0 && { values }),
});

const CS = 'http://terminology.hl7.org/CodeSystem';
const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const RI = 'http://hl7.org/fhir/restful-interaction';
const REST = `${CS}/audit-event-type#rest`;
const PATIENT = `entity{${CS}/audit-entity-type#1}`;
const OBJECT = `entity{${CS}/audit-entity-type#2}`;
const CONSENT = 'entity{http://hl7.org/fhir/resource-types#Consent}';
const IRCP = `${CS}/v3-ParticipationType#IRCP`;
const SOURCES = ['AUT', 'INF', 'CST'].map((code) => `${CS}/v3-ParticipationType#${code}`);

const base = [
  must('resourceType', 1, 1, 'AuditEvent'),
  must('id', 1, 1),
  must('meta.profile', 1, 1),
  must('type', 1, 1),
  must('action', 1, 1, 'C', 'R', 'U', 'D', 'E'),
  must('recorded', 1, 1),
  must('outcome', 1, 1, '0', '4', '8', '12'),
  must('agent', 1, MANY),
  must('agent.requestor', 1, 1, 'true', 'false'),
  must('source', 1, 1),
  must('source.observer', 1, 1),
  must('source.type', 1, 1, `${CS}/security-source-type#4`),
];

/** An end of the connection. */
const end = (code: string) => [
  must(`agent{${DCM}#${code}}`, 1, 1),
  must(`agent{${DCM}#${code}}.who`, 1, 1),
  must(`agent{${DCM}#${code}}.network`, 1, 1),
  must(`agent{${DCM}#${code}}.network.address`, 1, 1),
  must(`agent{${DCM}#${code}}.network.type`, 1, 1, '1', '2', '3', '4', '5'),
  must(`agent{${DCM}#${code}}.media`, 0, 0),
];
const user = (...types: readonly string[]) => [
  must(`agent{${types.join('|')}}`, 1, 1),
  must(`agent{${types.join('|')}}.who`, 1, 1),
  must(`agent{${types.join('|')}}.requestor`, 1, 1, 'true'),
  must(`agent{${types.join('|')}}.network`, 0, 0),
  must(`agent{${types.join('|')}}.media`, 0, 0),
];
/** Exactly one: what is about two patients is two AuditEvents. */
const patient = [
  must('entity', 2, MANY),
  must(PATIENT, 1, 1),
  must(`${PATIENT}.what`, 1, 1),
  must(`${PATIENT}.what.type`, 1, 1, 'Patient'),
  must(`${PATIENT}.role`, 1, 1, `${CS}/object-role#1`),
];
const object = [
  must(OBJECT, 1, 1),
  must(`${OBJECT}.what`, 1, 1),
  must(`${OBJECT}.role`, 1, 1, ...['4', '3', '20'].map((code) => `${CS}/object-role#${code}`)),
];
const restful = (action: string, ...interactions: readonly string[]) => [
  must('type', 1, 1, REST),
  must(`subtype{${interactions.map((code) => `${RI}#${code}`).join('|')}}`, 1, 1),
  must('action', 1, 1, action),
  must('outcome', 1, 1, '0'),
];
const written = (action: string, ...interactions: readonly string[]) => [
  ...base,
  ...restful(action, ...interactions),
  ...end('110153'),
  ...end('110152'),
  ...user(...SOURCES),
  ...patient,
  ...object,
];

const profile = (name: string) => `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${name}`;

export const mustSupports: Readonly<Record<string, readonly MustSupport[]>> = {
  'http://hl7.org/fhir/StructureDefinition/AuditEvent': base,
  [profile('PatientRead')]: [
    ...base,
    ...restful('R', 'read', 'vread'),
    ...end('110152'),
    ...end('110153'),
    ...user(IRCP),
    ...patient,
    ...object,
  ],
  [profile('PatientQuery')]: [
    ...base,
    ...restful('E', 'search', 'search-type', 'search-system'),
    ...end('110153'),
    ...end('110152'),
    ...user(IRCP),
    ...patient,
    must(OBJECT, 1, 1),
    must(`${OBJECT}.role`, 1, 1, `${CS}/object-role#24`),
    must(`${OBJECT}.query`, 1, 1),
    must(`${OBJECT}.what`, 0, 0),
    must(`${OBJECT}.lifecycle`, 0, 0),
    must(`${OBJECT}.detail`, 0, 0),
  ],
  [profile('PatientCreate')]: written('C', 'create'),
  [profile('PatientUpdate')]: written('U', 'update', 'patch'),
  [profile('AuthZconsent')]: [
    ...base,
    must('modifierExtension', 0, 0),
    must('type', 1, 1, `${DCM}#110113`),
    must(
      'subtype',
      1,
      MANY,
      ...['AuthZ-Consent', 'AuthZ-Role'].map(
        (code) => `https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType#${code}`,
      ),
    ),
    must('action', 1, 1, 'E'),
    must('outcomeDesc', 1, 1),
    must('agent', 4, MANY),
    ...end('110150'),
    ...['role', 'altId', 'name', 'location', 'purposeOfUse'].map((part) => must(`agent{${DCM}#110150}.${part}`, 0, 0)),
    ...user(IRCP),
    ...[`${CS}/v3-RoleClass#PROV`, `${CS}/extra-security-role-type#authserver`].flatMap((type) => [
      must(`agent{${type}}`, 1, 1),
      must(`agent{${type}}.who`, 1, 1),
      must(`agent{${type}}.requestor`, 1, 1, 'false'),
      ...['role', 'altId', 'name', 'location', 'policy', 'media', 'network'].map((part) =>
        must(`agent{${type}}.${part}`, 0, 0),
      ),
    ]),
    ...patient,
    must(CONSENT, 1, MANY),
    must(`${CONSENT}.what`, 1, 1),
  ],
  [profile('PrivacyDisclosure.Source')]: [
    ...base,
    must('modifierExtension', 0, 0),
    must('type', 1, 1, `${DCM}#110106`),
    must(`subtype{${CS}/iso-21089-lifecycle#disclose}`, 1, 1),
    must('action', 1, 1, 'R'),
    must('purposeOfEvent', 1, MANY),
    ...end('110153'),
    ...end('110152'),
    ...patient,
  ],
};

type Node = Record<string, unknown>;
const listOf = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

const codesOf = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [String(value)];
  const { coding, system, code } = value as { coding?: unknown[]; system?: string; code?: string };
  return coding ? coding.flatMap(codesOf) : code === undefined ? [] : [`${system}#${code}`];
};

const stepsIn = (path: string) =>
  [...path.matchAll(/([\w]+)(?:\{([^}]+)\})?\.?/g)].map(([, name = '', types]) => ({ name, types: types?.split('|') }));

type Holder = { readonly node: Node; readonly name: string; readonly found: readonly unknown[] };

/** Every object that has, or should have, the element, with what of the element it has. */
const holdersOf = (event: Node, path: string): readonly Holder[] => {
  let nodes: Node[] = [event];
  const steps = stepsIn(path);
  for (const [i, { name, types }] of steps.entries()) {
    const holders = nodes.map((node) => ({
      ...{ node, name },
      found: listOf(node[name]).filter((one) => {
        const codes = types && codesOf(name === 'subtype' ? one : (one as Node).type);
        return !codes || codes.some((code) => types.includes(code));
      }),
    }));
    if (i === steps.length - 1) return holders;
    nodes = holders.flatMap(({ found }) => found as Node[]);
  }
  return [];
};

const tableFor = (event: Node): readonly MustSupport[] => {
  const [name] = listOf((event.meta as Node | undefined)?.profile);
  return mustSupports[String(name)] ?? [];
};

/** Where an AuditEvent falls short of the profile that it claims. */
export const shortfalls = (event: Node): readonly string[] => {
  const table = tableFor(event);
  if (table.length === 0) return ['it claims no profile that is known here'];
  return [
    ...table.flatMap(({ path, least, most, values }) =>
      holdersOf(event, path).flatMap(({ found }) => [
        ...(found.length < least || found.length > most ? [`${path}: ${found.length} is not ${least}..${most}`] : []),
        ...(values && found.some((one) => !codesOf(one).some((code) => values.includes(code)))
          ? [`${path}: not ${values.join(' or ')}`]
          : []),
      ]),
    ),
    ...strange(event),
  ];
};

/** What no table of elements says: forms of values, and that a disclosure is told by its own source. */
const strange = (event: Node): readonly string[] => {
  const { recorded, id, source, agent } = event as { recorded?: string; id?: string; source?: Node; agent?: Node[] };
  const isDisclosure = listOf((event.meta as Node).profile).includes(profile('PrivacyDisclosure.Source'));
  const told = agent?.find(({ type }) => codesOf(type).includes(`${DCM}#110153`));
  const references = [...JSON.stringify(event).matchAll(/"reference":"([^"]*)"/g)].map(
    ([, reference = '']) => reference,
  );
  return [
    ...(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(recorded ?? '') ? [] : ['recorded: no instant']),
    ...(/^[A-Za-z0-9.-]{1,64}$/.test(id ?? '') ? [] : ['id: none of FHIR']),
    ...references.flatMap((one) => (/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(one) ? [] : [`reference: ${one}`])),
    ...(isDisclosure && JSON.stringify(told?.who) !== JSON.stringify(source?.observer)
      ? ['agent.who: the source is not its own observer']
      : []),
  ];
};

export type Mutant = { readonly what: string; readonly event: Node };

/** The event with each of its must-supports dropped, doubled, added where there must be none, or of another code: one at a time. */
export function* mutantsOf(event: Node): Generator<Mutant> {
  for (const { path, least, most, values } of tableFor(event)) {
    const times = holdersOf(event, path).length;
    for (let i = 0; i < times; i++) {
      const changed = (what: string, change: (holder: Holder) => unknown[]): Mutant => {
        const mutant = structuredClone(event);
        const holder = holdersOf(mutant, path)[i] as Holder;
        const others = listOf(holder.node[holder.name]).filter((one) => !holder.found.includes(one));
        const now = [...others, ...change(holder)];
        if (now.length === 0) delete holder.node[holder.name];
        else holder.node[holder.name] = Array.isArray(holder.node[holder.name]) || now.length > 1 ? now : now[0];
        return { what: `${path} ${what}`, event: mutant };
      };
      if (least > 0) yield changed('dropped', ({ found }) => found.slice(0, least - 1));
      if (most === 0) yield changed('added', () => [{ display: 'one too many' }]);
      if (most === 1) yield changed('doubled', ({ found }) => [...found, ...found]);
      if (values)
        yield changed('of another code', ({ found }) => found.map(() => ({ system: 'urn:other', code: 'x' })));
    }
  }
}
