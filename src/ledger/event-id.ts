import { v5 as uuidv5 } from 'uuid';

/** Ids of events that the same cause must not write twice, made from what they are about. */
const NAMESPACE = '6f2c9b52-0f7e-5c3a-9d55-3b8f6f0c6a11';
export const eventIdFor = (what: string, id: string): string => uuidv5(`${what}:${id}`, NAMESPACE);
