/** Random bytes that nobody can guess (identifiers, challenges), passed in so that tests choose them. */
export interface Random {
  bytes(count: number): Uint8Array;
}
