import { CloudEvent, HTTP } from 'cloudevents';
import type { IncidentKind } from '../../events/incident-events.ts';
import type { Severity } from '../../events/values.ts';
import type { Incident } from '../../projections/incident.ts';
import type { ChannelSettings } from './channels.ts';
import type { Action, Head } from './messages.ts';

/**
 * All that leaves with a page. Pagers, mailboxes and chats are other parties: no id of a patient, a viewer, a consultation or a recording is
 * here, and no key of a group, which has one in it.
 */
export type Told = {
  readonly messageId: string;
  readonly incidentId: string;
  readonly action: Action;
  readonly severity: Severity;
  readonly kind: IncidentKind;
  readonly status: string;
  readonly openedAt: string;
  /** When there was something to tell. */
  readonly at: string;
  readonly breaches: number;
  readonly viewers: number;
  readonly people: number;
  /** Targets of the policy, by what they are called there. */
  readonly targets: readonly string[];
  readonly step: number;
  readonly loop: number;
  /** Of a digest: how many incidents it tells of. */
  readonly incidents: number;
  readonly isTest: boolean;
  readonly link: string | undefined;
};

export type Written = { readonly contentType: string; readonly body: string };

export const toldOf = (incident: Incident, head: Head, link: string | undefined): Told => {
  const { incidentId, kind, status, openedAt, breaches, viewers, patients, drillId } = incident;
  const { messageId, action, page, pages, at } = head;
  return {
    ...{ messageId, incidentId, action, severity: page.severity, kind, status, openedAt },
    ...{ at: new Date(at).toISOString(), breaches: breaches.size, viewers: viewers.size, people: patients.size },
    targets: action === 'trigger' ? [page.target] : [...new Set(pages.map(({ target }) => target))],
    ...{ step: page.step, loop: page.loop, incidents: page.tellsOf ?? 1 },
    isTest: kind === 'drill' || drillId !== undefined,
    link: link?.replaceAll('{incidentId}', incidentId),
  };
};

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** One line for a screen that is lit up in the dark. */
export const summary = ({
  action,
  severity,
  kind,
  incidents,
  breaches,
  viewers,
  people,
  isTest,
  incidentId,
}: Told): string => {
  const test = isTest ? '[TEST] ' : '';
  if (action === 'acknowledge') return `${test}Incident ${incidentId} is acknowledged`;
  if (action === 'resolve') return `${test}Incident ${incidentId} is closed`;
  if (incidents > 1) return `${test}${incidents} incidents to review`;
  const what = [
    counted(breaches, 'breach', 'breaches'),
    counted(viewers, 'viewer'),
    counted(people, 'person', 'people'),
  ];
  return `${test}${severity === 'critical' ? 'Critical incident' : 'Incident to review'} (${kind}): ${what.join(', ')}`;
};

const details = ({ status, kind, breaches, viewers, people, incidents, targets, step, loop, isTest }: Told) => ({
  ...{ status, kind, breaches, viewers, people, incidents },
  ...{ targets: [...targets], step: step + 1, round: loop + 1, test: isTest },
});

/** PagerDuty Events v2. The incident is the `dedup_key`: however often it is paged, it is one there. */
const pagerduty = (told: Told, routingKey: string): Written => {
  const { incidentId, action, severity, openedAt, kind, targets, link } = told;
  const key = { routing_key: routingKey, event_action: action, dedup_key: incidentId };
  const payload = {
    ...{
      summary: summary(told),
      source: 'consultation-ledger',
      severity: severity === 'critical' ? 'critical' : 'warning',
    },
    ...{
      timestamp: openedAt,
      component: 'access',
      group: targets.join(','),
      class: kind,
      custom_details: details(told),
    },
  };
  const links = link === undefined ? {} : { client_url: link, links: [{ href: link, text: 'Incident' }] };
  const event = action === 'trigger' ? { ...key, client: 'consultation-ledger', ...links, payload } : key;
  return { contentType: 'application/json', body: JSON.stringify(event) };
};

/** An Alertmanager forgets an alert that does not come again; this one holds until it is resolved. */
const ALERT_HOLDS_MS = 30 * 86_400_000;

const alertmanager = (told: Told): Written => {
  const { incidentId, action, severity, openedAt, targets, link, isTest, at, kind, status } = told;
  const ends = action === 'resolve' ? Date.parse(at) : Date.parse(at) + ALERT_HOLDS_MS;
  const alerts = targets.map((target) => ({
    labels: {
      ...{ alertname: 'ConsultationLedgerIncident', service: 'consultation-ledger' },
      ...{
        incident: incidentId,
        severity: severity === 'critical' ? 'critical' : 'warning',
        target,
        test: String(isTest),
      },
    },
    annotations: { summary: summary({ ...told, action: 'trigger' }), kind, status },
    ...{ startsAt: openedAt, endsAt: new Date(ends).toISOString(), ...(link !== undefined && { generatorURL: link }) },
  }));
  return { contentType: 'application/json', body: JSON.stringify(alerts) };
};

const TYPES = { trigger: 'incident.page', acknowledge: 'incident.acknowledged', resolve: 'incident.closed' } as const;

const cloudEvent = (told: Told): Written => {
  const { messageId, incidentId, action, severity, openedAt, at, link } = told;
  const event = new CloudEvent({
    ...{ id: messageId, source: 'urn:consultation-ledger', type: TYPES[action], subject: incidentId, time: at },
    datacontenttype: 'application/json',
    data: {
      ...{ incidentId, severity, summary: summary(told), openedAt, ...details(told) },
      ...(link !== undefined && { link }),
    },
  });
  return { contentType: 'application/cloudevents+json', body: String(HTTP.structured(event).body) };
};

/** A mail before it is one. */
export type Mail = {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly id: string;
  /** Of the incident: mails of one are one thread. */
  readonly thread: string;
};

const mail = (told: Told, to: readonly string[]): Written => {
  const { incidentId, messageId, severity, kind, status, openedAt, breaches, viewers, people, link } = told;
  const facts = [
    `Incident: ${incidentId}`,
    `Severity: ${severity}`,
    `Kind: ${kind}`,
    `Status: ${status}`,
    `Opened: ${openedAt}`,
    `Breaches: ${breaches}, viewers: ${viewers}, people: ${people}`,
    ...(link === undefined ? [] : [`Link: ${link}`]),
  ];
  const written: Mail = {
    ...{
      to,
      subject: summary(told),
      text: [summary(told), '', ...facts, ''].join('\n'),
      id: messageId,
      thread: incidentId,
    },
  };
  return { contentType: 'application/json', body: JSON.stringify(written) };
};

/** A message as the receiver of a channel takes it. @param mailTo for e-mail */
export const write = (told: Told, settings: ChannelSettings, mailTo: readonly string[]): Written => {
  switch (settings.kind) {
    case 'pagerduty':
      return pagerduty(told, settings.routingKey);
    case 'alertmanager':
      return alertmanager(told);
    case 'webhook':
      return cloudEvent(told);
    case 'email':
      return mail(told, mailTo);
  }
};
