import { extensionOf } from '../../src/recordings/media-type.ts';

describe('the name that a recording is saved under', () => {
  it.each([
    ['video/webm', 'webm'],
    ['audio/webm', 'webm'],
    ['video/mp4', 'mp4'],
    ['audio/mp4', 'm4a'],
    ['audio/x-m4a', 'm4a'],
    ['video/x-m4v', 'm4v'],
    ['video/quicktime', 'mov'],
    ['video/matroska', 'mkv'],
    ['video/x-matroska', 'mkv'],
    ['audio/x-matroska', 'mka'],
    ['video/3gpp', '3gp'],
    ['audio/3gpp2', '3g2'],
    ['video/mpeg', 'mpg'],
    ['video/mp2t', 'ts'],
    ['video/ogg', 'ogv'],
    ['audio/opus', 'opus'],
    ['audio/mpeg', 'mp3'],
    ['audio/x-mp3', 'mp3'],
    ['audio/x-mpeg', 'mp3'],
    ['audio/x-wav', 'wav'],
    ['audio/vnd.wave', 'wav'],
    ['audio/aac', 'aac'],
    ['audio/flac', 'flac'],
    ['video/x-msvideo', 'avi'],
    ['video/vnd.avi', 'avi'],
    ['video/x-ms-wmv', 'wmv'],
    ['video/x-unheard-of', 'bin'],
  ])('of %s ends in .%s', (contentType, extension) => {
    expect(extensionOf(contentType)).toBe(extension);
  });
});
