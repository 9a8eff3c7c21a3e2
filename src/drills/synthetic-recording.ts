import { randomBytes } from 'node:crypto';

const RATE = 8_000;
const SECONDS = 0.1;
const HEADER_BYTES = 44;

/** A tenth of a second of noise as a WAV file (8 bit, mono), unlike any other: the same bytes under two patients would be quarantined. */
export const syntheticRecording = (): Buffer => {
  const samples = RATE * SECONDS;
  const wav = Buffer.concat([Buffer.alloc(HEADER_BYTES), randomBytes(samples)]);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE, 28);
  wav.writeUInt16LE(1, 32);
  wav.writeUInt16LE(8, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples, 40);
  return wav;
};
