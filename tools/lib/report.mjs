/** A failure that is explained by its message alone: shown without a stack. */
export class Complaint extends Error {}

/** Does something that takes a while and says so in one line with its time. */
export async function step(title, work) {
  const began = Date.now();
  process.stdout.write(`${title} … `);
  try {
    const result = await work();
    process.stdout.write(`${seconds(Date.now() - began)}\n`);
    return result;
  } catch (error) {
    process.stdout.write(`failed after ${seconds(Date.now() - began)}\n`);
    throw error;
  }
}

export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Ends the program after something that it cannot go on from. */
export function giveUp(error) {
  console.error(error instanceof Complaint ? error.message : error);
  process.exit(1);
}
