import type { Config } from '../config/config.ts';

/** What a way to a receiver needs, secrets included: it is kept nowhere and logged nowhere. */
export type ChannelSettings =
  | { readonly kind: 'pagerduty'; readonly url: string; readonly routingKey: string }
  | { readonly kind: 'alertmanager'; readonly url: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secrets: readonly string[] }
  | { readonly kind: 'email'; readonly smtp: string; readonly from: string; readonly to: readonly string[] };

/** The channels that settings make, each under the name of its kind. */
export const channelsOf = ({ paging }: Config): Record<string, ChannelSettings> => ({
  ...(paging.pagerduty && { pagerduty: { kind: 'pagerduty', ...paging.pagerduty } }),
  ...(paging.alertmanagerUrl !== undefined && { alertmanager: { kind: 'alertmanager', url: paging.alertmanagerUrl } }),
  ...(paging.webhook && { webhook: { kind: 'webhook', ...paging.webhook } }),
  ...(paging.mail && { email: { kind: 'email', ...paging.mail } }),
});
