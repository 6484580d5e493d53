/** The names of a logical unit, made once and kept with its medium. */
export interface Identity {
  /** NAA designator, type 3h (locally assigned), 8 bytes. Source: SPC-4 7.8.6.6.4. */
  readonly naa: Uint8Array;
  /** The 15 digits of the designator behind its type, so that it is as unique. */
  readonly serialNumber: string;
}
