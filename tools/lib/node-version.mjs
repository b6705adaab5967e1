/** What to say about a Node version that Holdfast cannot run on; undefined when it can. */
export function complaintAboutNode(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  // Packages of ours load ES modules with require(): from 20.19 and 22.12 on without a flag.
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 23;
  if (fits) return undefined;
  return `Holdfast needs Node 20.19 or newer (22.12 or newer of Node 22), and this is ${version}. Install a current one from https://nodejs.org and try again.`;
}
