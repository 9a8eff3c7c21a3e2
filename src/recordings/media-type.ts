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
    claimed: ['video/mp4', 'audio/mp4', 'audio/m4a', 'audio/x-m4a', 'audio/aac', 'video/x-m4v'],
  },
  { sniffed: ['video/quicktime'], claimed: ['video/quicktime'] },
  {
    sniffed: ['video/3gpp', 'video/3gpp2'],
    claimed: ['video/3gpp', 'audio/3gpp', 'video/3gpp2', 'audio/3gpp2'],
  },
  {
    sniffed: ['video/ogg', 'audio/ogg', 'application/ogg'],
    claimed: ['video/ogg', 'audio/ogg', 'audio/opus', 'audio/vorbis', 'audio/speex'],
  },
  { sniffed: ['audio/mpeg'], claimed: ['audio/mpeg', 'audio/mp3'] },
  { sniffed: ['audio/wav'], claimed: ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'] },
  { sniffed: ['audio/aac'], claimed: ['audio/aac', 'audio/x-aac', 'audio/aacp'] },
  { sniffed: ['video/vnd.avi'], claimed: ['video/vnd.avi', 'video/avi', 'video/msvideo', 'video/x-msvideo'] },
  {
    sniffed: ['video/x-ms-asf', 'audio/x-ms-asf', 'application/vnd.ms-asf'],
    claimed: ['video/x-ms-asf', 'video/x-ms-wmv', 'audio/x-ms-wma'],
  },
];

const MEDIA_TYPE = /^(?:video|audio)\/[\w.+-]{1,64}$/;

/**
 * The claimed content type in its short form: lower case, without parameters (`video/webm;codecs=vp8` is `video/webm`).
 * @throws ContentTypeMismatch when it is neither video nor audio
 */
export const recordingType = (claimed: string): string => {
  const type = essence(claimed);
  if (!MEDIA_TYPE.test(type))
    throw new ContentTypeMismatch('the Content-Type of a recording must be video/* or audio/*');
  return type;
};

/**
 * Checks what a recording's first bytes are against what it claims to be, so that a page, a document or a program cannot be
 * stored as a video and handed to a viewer's browser later.
 *
 * Bytes of a known kind must be of the kind that is claimed. Bytes of no known kind are taken as claimed: a raw codec, a test
 * tone or a proprietary recorder's format has no signature, and losing the only recording of a consultation is the worse harm.
 * They can do none, since content is always sent with the claimed type and `X-Content-Type-Options: nosniff`. Markup has no
 * signature either but is the one text that does harm, so it is refused.
 * @param head its first `SNIFF_BYTES` bytes, or all there are
 * @param type from `recordingType`
 * @throws ContentTypeMismatch
 */
export const checkMediaType = async (head: Uint8Array, type: string): Promise<void> => {
  if (head.length === 0) throw new ContentTypeMismatch('the body is empty');
  const found = await fileTypeFromBuffer(head);
  if (found && !fits(essence(found.mime), type))
    throw new ContentTypeMismatch(`the body is ${essence(found.mime)}, not ${type}`);
  if (MARKUP.test(Buffer.from(head).toString('latin1')))
    throw new ContentTypeMismatch(`the body is markup, not ${type}`);
};

/** `<` at the start, behind a byte order mark or white space, in UTF-8 or UTF-16: HTML, SVG, XML. */
const MARKUP = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*</;

const fits = (sniffed: string, type: string): boolean => {
  const known = families.filter((family) => family.sniffed.includes(sniffed));
  return known.length > 0
    ? known.some(({ claimed }) => claimed.includes(type))
    : // Of a kind that goes by one name, perhaps with the `x-` of a type that was never registered.
      MEDIA_TYPE.test(sniffed) && withoutX(sniffed) === withoutX(type);
};

const withoutX = (type: string): string => type.replace('/x-', '/');

const essence = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase();
