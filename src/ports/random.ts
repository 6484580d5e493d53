/** Random bytes that nobody can guess: identifiers, challenges. Passed in, so tests choose them. */
export interface Random {
  bytes(count: number): Uint8Array;
}
