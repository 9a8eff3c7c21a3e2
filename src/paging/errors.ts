import { DomainError } from '../errors.ts';

/** This instance has no receiver to page, or nothing to check a message of one with. */
export class PagingUnavailable extends DomainError {
  readonly code = 'paging-unavailable';
}

export const noReceiver = () =>
  new PagingUnavailable('set PAGERDUTY_ROUTING_KEY, ALERTMANAGER_URL, PAGE_WEBHOOK_URL or PAGE_SMTP_URL');

export const noPagerDutySecret = () =>
  new PagingUnavailable('set PAGERDUTY_WEBHOOK_SECRET to the secret of the webhook subscription');
