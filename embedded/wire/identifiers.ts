import shared from '@eventstore/db-client/generated/shared_pb.js';
import { invalidArgument, type StatusError } from './status-error.ts';
import { isUuid } from './stored-event.ts';

/** The name inside a stream identifier. @throws StatusError when there is none */
export const streamName = (identifier: shared.StreamIdentifier | undefined): string =>
  named(identifier === undefined ? '' : Buffer.from(identifier.getStreamName_asU8()).toString('utf8'));

/** @throws StatusError when the name is empty */
export const named = (stream: string): string => {
  if (stream === '') throw invalidArgument('A stream must be named.');
  return stream;
};

export const streamIdentifier = (stream: string): shared.StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

/** Lower-case UUID text of either form. @throws StatusError when it isn't a UUID */
export const uuidText = (uuid: shared.UUID | undefined): string => {
  const text = uncheckedUuidText(uuid);
  if (!isUuid(text)) throw notAUuid();
  return text;
};

export const notAUuid = (): StatusError => invalidArgument('An id must be a UUID.');

/** The text of either form in lower case, whatever it says; empty when there is none. */
export const uncheckedUuidText = (uuid: shared.UUID | undefined): string => {
  const structured = uuid?.getStructured();
  return structured === undefined
    ? (uuid?.getString().toLowerCase() ?? '')
    : structuredText(BigInt(structured.getMostSignificantBits()), BigInt(structured.getLeastSignificantBits()));
};

/** UUID text from its two 64-bit halves. */
export const structuredText = (most: bigint, least: bigint): string => {
  const half = (bits: bigint) => BigInt.asUintN(64, bits).toString(16).padStart(16, '0');
  const hex = half(most) + half(least);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

/** The form with two signed 64-bit halves, for clients that ask for it. */
export const structuredUuid = (text: string): shared.UUID => {
  const hex = text.replaceAll('-', '');
  const half = (digits: string) => BigInt.asIntN(64, BigInt(`0x${digits}`)).toString();
  return new shared.UUID().setStructured(
    new shared.UUID.Structured()
      .setMostSignificantBits(half(hex.slice(0, 16)))
      .setLeastSignificantBits(half(hex.slice(16))),
  );
};

export const uuid = (text: string): shared.UUID => new shared.UUID().setString(text);
