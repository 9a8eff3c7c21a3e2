import type shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Map as ProtobufMap } from 'google-protobuf';
import type { ProposedEvent } from '../log/event-log.ts';
import { uuidText } from '../wire/identifiers.ts';
import { missingMetadataProperty } from '../wire/status-error.ts';

/** The message of Append and of BatchAppend. */
type ProposedMessage = {
  getId(): shared.UUID | undefined;
  getMetadataMap(): ProtobufMap<string, string>;
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
};

/** @throws StatusError when a required part is missing */
export const proposedEvent = (message: ProposedMessage): ProposedEvent => {
  const properties = message.getMetadataMap();
  const type = properties.get('type');
  if (type === undefined) throw missingMetadataProperty('type');
  const contentType = properties.get('content-type');
  if (contentType === undefined) throw missingMetadataProperty('content-type');
  return {
    id: uuidText(message.getId()),
    type,
    // Anything that isn't JSON comes back as bytes, as in EventStoreDB, which keeps one bit for it.
    contentType: contentType === 'application/json' ? 'application/json' : 'application/octet-stream',
    data: asBuffer(message.getData_asU8()),
    metadata: asBuffer(message.getCustomMetadata_asU8()),
  };
};

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
