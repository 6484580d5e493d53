/** A command that ended without an answer because the soak itself has seen to it. */
export class Interrupted extends Error {
  constructor() {
    super('Cannot go on: the command was interrupted');
    this.name = 'Interrupted';
  }
}

/** What the target did wrong. */
export class SoakProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SoakProblem';
  }
}
