const RATE = 8_000;
export const WAV_HEADER_BYTES = 44;

/** A WAV file (8 bit, mono, 8 kHz) of these samples. */
export const wavOf = (samples: Uint8Array): Buffer => {
  const wav = Buffer.concat([Buffer.alloc(WAV_HEADER_BYTES), samples]);
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
  wav.writeUInt32LE(samples.length, 40);
  return wav;
};
