/** `it` where the condition holds; elsewhere the test is skipped, and its title says why. */
export const itWhere = (holds: boolean, why: string) => (title: string, test: jest.ProvidesCallback) =>
  holds ? it(title, test) : it.skip(`${title} (not run: ${why})`, test);
