import { fileTypeFromBuffer } from 'file-type';
import { ContentTypeMismatch } from './errors.ts';

/** What a store is told of sealed bytes: no player can do anything with them. */
export const SEALED_TYPE = 'application/octet-stream';

/** As many first bytes as `file-type` looks at. */
export const SNIFF_BYTES = 4_100;

/** A container, or a few that go by the same names. */
type Container = {
  /** What `file-type` calls it. */
  readonly sniffed: readonly string[];
  /** Names that are kept as the sender gives them; the first of `video/` and the first of `audio/` are its own. */
  readonly names: readonly string[];
  /** Senders call a container by the name of another of its kin: the bytes are taken, under their own name. */
  readonly kin?: 'matroska' | 'mp4' | 'mpeg';
};

/**
 * What a container may be called. One container holds sound, pictures or both, and says so deep inside: a consultation by
 * telephone is a WebM too. So the sender's `audio/` or `video/` is believed, and the container is checked.
 */
const containers: readonly Container[] = [
  { kin: 'matroska', sniffed: ['video/webm'], names: ['video/webm', 'audio/webm'] },
  // Chrome records H.264 into Matroska and calls it `video/webm;codecs=h264`.
  {
    kin: 'matroska',
    sniffed: ['video/matroska'],
    names: ['video/matroska', 'audio/matroska', 'video/x-matroska', 'audio/x-matroska'],
  },
  {
    kin: 'mp4',
    sniffed: ['video/mp4', 'audio/mp4', 'audio/x-m4a', 'video/x-m4v'],
    names: ['video/mp4', 'audio/mp4', 'audio/m4a', 'audio/x-m4a', 'audio/aac', 'video/x-m4v'],
  },
  { kin: 'mp4', sniffed: ['video/quicktime'], names: ['video/quicktime'] },
  { kin: 'mp4', sniffed: ['video/3gpp'], names: ['video/3gpp', 'audio/3gpp'] },
  { kin: 'mp4', sniffed: ['video/3gpp2'], names: ['video/3gpp2', 'audio/3gpp2'] },
  {
    kin: 'mpeg',
    sniffed: ['video/mp2p', 'video/mp1s', 'video/mpeg'],
    names: ['video/mpeg', 'video/mp2p', 'video/mp1s', 'video/x-mpeg', 'video/x-mpeg2', 'video/dvd'],
  },
  { kin: 'mpeg', sniffed: ['video/mp2t'], names: ['video/mp2t', 'video/vnd.dlna.mpeg-tts'] },
  {
    sniffed: ['video/ogg', 'audio/ogg', 'application/ogg'],
    names: ['video/ogg', 'audio/ogg', 'audio/opus', 'audio/vorbis', 'audio/speex'],
  },
  { sniffed: ['audio/mpeg'], names: ['audio/mpeg', 'audio/mp3', 'audio/x-mp3', 'audio/x-mpeg'] },
  { sniffed: ['audio/wav'], names: ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'] },
  { sniffed: ['audio/aac'], names: ['audio/aac', 'audio/x-aac', 'audio/aacp'] },
  { sniffed: ['video/vnd.avi'], names: ['video/vnd.avi', 'video/avi', 'video/msvideo', 'video/x-msvideo'] },
  {
    sniffed: ['video/x-ms-asf', 'audio/x-ms-asf', 'application/vnd.ms-asf'],
    names: ['video/x-ms-asf', 'video/x-ms-wmv', 'audio/x-ms-wma'],
  },
];

/** What files are called whose subtype is no name that a player knows them by. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'video/matroska': 'mkv',
  'audio/matroska': 'mka',
  'audio/mp4': 'm4a',
  'video/quicktime': 'mov',
  'video/3gpp': '3gp',
  'audio/3gpp': '3gp',
  'video/3gpp2': '3g2',
  'audio/3gpp2': '3g2',
  'video/mpeg': 'mpg',
  'video/mpeg2': 'mpg',
  'video/mp2p': 'mpg',
  'video/mp1s': 'mpg',
  'video/dvd': 'mpg',
  'video/mp2t': 'ts',
  'video/vnd.dlna.mpeg-tts': 'ts',
  'video/ogg': 'ogv',
  'audio/ogg': 'ogg',
  'audio/vorbis': 'ogg',
  'audio/speex': 'spx',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wave': 'wav',
  'audio/vnd.wave': 'wav',
  'audio/aacp': 'aac',
  'audio/basic': 'au',
  'video/vnd.avi': 'avi',
  'video/msvideo': 'avi',
  'video/ms-asf': 'asf',
  'video/ms-wmv': 'wmv',
  'audio/ms-wma': 'wma',
};

/** What recorders write, by the ends of its names. */
const TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  ogg: 'audio/ogg',
  mp3: 'audio/mpeg',
};

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
 * Bytes of a known kind must be of the kind that is claimed, or of its kin. Bytes of no known kind are taken as claimed: a raw codec, a test
 * tone or a proprietary recorder's format has no signature, and losing the only recording of a consultation is the worse harm.
 * They can do none, since content is always sent with the claimed type and `X-Content-Type-Options: nosniff`. Markup has no
 * signature either but is the one text that does harm, so it is refused.
 * @param head its first `SNIFF_BYTES` bytes, or all there are
 * @param type from `recordingType`
 * @returns the type to keep: the claimed one, or its own where its kin was claimed
 * @throws ContentTypeMismatch
 */
export const checkedType = async (head: Uint8Array, type: string): Promise<string> => {
  if (head.length === 0) throw new ContentTypeMismatch('the body is empty');
  const found = await fileTypeFromBuffer(head);
  const name = found ? nameOf(essence(found.mime), type) : type;
  if (name === undefined) throw new ContentTypeMismatch(`the body is ${essence(found?.mime ?? '')}, not ${type}`);
  if (MARKUP.test(Buffer.from(head).toString('latin1')))
    throw new ContentTypeMismatch(`the body is markup, not ${type}`);
  return name;
};

/** What a file of this type is called at its end, without the dot. */
export const extensionOf = (contentType: string): string => {
  const type = withoutX(contentType);
  const subtype = type.split('/')[1] ?? '';
  return EXTENSIONS[type] ?? (/^[a-z0-9]{1,8}$/.test(subtype) ? subtype : 'bin');
};

/** The type of a file that says it by its name alone. */
export const typeOfFile = (name: string): string | undefined => TYPES[name.split('.').at(-1) ?? ''];

/** `<` at the start, behind a byte order mark or white space, in UTF-8 or UTF-16: HTML, SVG, XML. */
const MARKUP = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*</;

const nameOf = (sniffed: string, type: string): string | undefined => {
  const container = containers.find((one) => one.sniffed.includes(sniffed));
  // Of a kind that goes by one name, perhaps with the `x-` of a type that was never registered.
  if (!container) return MEDIA_TYPE.test(sniffed) && withoutX(sniffed) === withoutX(type) ? type : undefined;
  const { names, kin } = container;
  if (names.includes(type)) return type;
  const isKin = kin !== undefined && containers.some((one) => one.kin === kin && one.names.includes(type));
  return isKin ? (names.find((name) => mediumOf(name) === mediumOf(type)) ?? names[0]) : undefined;
};

const mediumOf = (type: string) => type.split('/')[0];

const withoutX = (type: string): string => type.replace('/x-', '/');

const essence = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase();
