import { fileTypeFromBuffer } from 'file-type';
import { ContentTypeMismatch } from './errors.ts';

/** As many first bytes as `file-type` looks at. */
export const SNIFF_BYTES = 4_100;

/**
 * What a container may be called. One container holds sound, pictures or both, and says so deep inside: a consultation by
 * telephone is a WebM too. So the sender's `audio/` or `video/` is believed, and the container is checked.
 */
const families: readonly { readonly sniffed: readonly string[]; readonly claimed: readonly string[] }[] = [
  { sniffed: ['video/webm'], claimed: ['video/webm', 'audio/webm'] },
  {
    sniffed: ['video/matroska'],
    claimed: ['video/matroska', 'audio/matroska', 'video/x-matroska', 'audio/x-matroska'],
  },
  {
    sniffed: ['video/mp4', 'audio/mp4', 'audio/x-m4a', 'video/x-m4v'],
    claimed: ['video/mp4', 'audio/mp4', 'audio/m4a', 'audio/x-m4a', 'video/x-m4v'],
  },
  { sniffed: ['video/quicktime'], claimed: ['video/quicktime'] },
  {
    sniffed: ['video/3gpp', 'video/3gpp2'],
    claimed: ['video/3gpp', 'audio/3gpp', 'video/3gpp2', 'audio/3gpp2'],
  },
  { sniffed: ['video/ogg', 'audio/ogg', 'application/ogg'], claimed: ['video/ogg', 'audio/ogg'] },
  { sniffed: ['audio/mpeg'], claimed: ['audio/mpeg', 'audio/mp3'] },
  { sniffed: ['audio/wav'], claimed: ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'] },
  { sniffed: ['audio/aac'], claimed: ['audio/aac', 'audio/x-aac', 'audio/aacp'] },
  { sniffed: ['audio/flac'], claimed: ['audio/flac', 'audio/x-flac'] },
  { sniffed: ['video/mp2t'], claimed: ['video/mp2t'] },
];

/**
 * The claimed content type in its short form: lower case, without parameters (`video/webm;codecs=vp8` is `video/webm`).
 * @throws ContentTypeMismatch when it is no kind of recording that is taken
 */
export const recordingType = (claimed: string): string => {
  const type = essence(claimed);
  if (!families.some((family) => family.claimed.includes(type))) {
    const all = families.flatMap((family) => family.claimed).join(', ');
    throw new ContentTypeMismatch(`the Content-Type of a recording must be one of: ${all}`);
  }
  return type;
};

/**
 * Checks what a recording's first bytes are against what it claims to be, so that a page, a script or a program cannot be
 * stored as a video and handed to somebody's browser later.
 * @param head its first `SNIFF_BYTES` bytes, or all there are
 * @param type from `recordingType`
 * @throws ContentTypeMismatch
 */
export const checkMediaType = async (head: Uint8Array, type: string): Promise<void> => {
  const found = await fileTypeFromBuffer(head);
  const sniffed = found && essence(found.mime);
  const fits = families.some(({ sniffed: these, claimed }) => these.includes(sniffed ?? '') && claimed.includes(type));
  if (!fits) throw new ContentTypeMismatch(`the body is ${sniffed ?? 'of no known kind'}, not ${type}`);
};

const essence = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase();
