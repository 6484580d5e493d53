/** Turns objects into the bytes of a tape image. Its methods are called in the tape's order. */
export interface ImageWriter {
  /** The largest record that the format can hold. */
  readonly recordBytesMax: number;
  /** Throws: nothing for 1 to `recordBytesMax` bytes. */
  record(bytes: Uint8Array): readonly Uint8Array[];
  filemark(): readonly Uint8Array[];
  end(): readonly Uint8Array[];
}
