import shared from '@eventstore/db-client/generated/shared_pb.js';
import { invalidArgument } from './status-error.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The name inside a stream identifier. @throws StatusError when there is none */
export const streamName = (identifier: shared.StreamIdentifier | undefined): string => {
  const name = identifier === undefined ? '' : Buffer.from(identifier.getStreamName_asU8()).toString('utf8');
  if (name === '') throw invalidArgument('A stream must be named.');
  return name;
};

export const streamIdentifier = (stream: string): shared.StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

/** Lower-case UUID text of either form. @throws StatusError when it isn't a UUID */
export const uuidText = (uuid: shared.UUID | undefined): string => {
  const text = uuid === undefined ? '' : (structuredText(uuid) ?? uuid.getString().toLowerCase());
  if (!UUID.test(text)) throw invalidArgument('An id must be a UUID.');
  return text;
};

const structuredText = (uuid: shared.UUID): string | undefined => {
  const structured = uuid.getStructured();
  if (structured === undefined) return undefined;
  const half = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
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
