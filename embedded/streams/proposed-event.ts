import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ProposedEvent } from '../log/event-log.ts';
import type { ProposedMessage } from '../wire/batch-append-request.ts';
import { uncheckedUuidText } from '../wire/identifiers.ts';
import { missingMetadataProperty } from '../wire/status-error.ts';

/** The log looks at the id. @throws StatusError when a required part is missing */
export const proposedEvent = ({ id, type, contentType, data, metadata }: ProposedMessage): ProposedEvent => {
  if (type === undefined) throw missingMetadataProperty('type');
  if (contentType === undefined) throw missingMetadataProperty('content-type');
  return {
    id,
    type,
    // Anything that isn't JSON comes back as bytes, as in EventStoreDB, which keeps one bit for it.
    contentType: contentType === 'application/json' ? 'application/json' : 'application/octet-stream',
    data,
    metadata,
  };
};

/** The message of Append. */
export const proposedMessage = (message: streams.AppendReq.ProposedMessage): ProposedMessage => {
  const properties = message.getMetadataMap();
  return {
    id: uncheckedUuidText(message.getId()),
    type: properties.get('type'),
    contentType: properties.get('content-type'),
    data: asBuffer(message.getData_asU8()),
    metadata: asBuffer(message.getCustomMetadata_asU8()),
  };
};

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
