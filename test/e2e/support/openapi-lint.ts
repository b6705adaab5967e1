import { Spectral } from '@stoplight/spectral-core';
import owaspPackage from '@stoplight/spectral-owasp-ruleset';
import { oas } from '@stoplight/spectral-rulesets';

/** The package is its default export, whatever its types say. */
const owasp = owaspPackage as unknown as typeof owaspPackage.default;

type OwaspRule = keyof typeof owasp.rules;

/** Something that a rule finds and that is right as it is. */
export interface Exception {
  rule: string;
  /** In `<path of the place>: <message>`. */
  where: RegExp;
  because: string;
}

/** Rules of the two sets that we do not keep anywhere. */
const OFF: Record<string, string> = {
  'operation-description': 'A summary says it; a description is there where there is more to say.',
  'info-contact': 'Whoever runs an installation is its contact, and the program does not know who that is.',
  'contact-properties': 'As before.',
  'openapi-tags-alphabetical': 'Tags stand in the order in which a reader needs them.',
  'oas3-api-servers': 'The server is the one that serves the document: OpenAPI’s default.',
  'owasp:api4:2023-rate-limit':
    'A limit for every caller is a setting, off by default; where there is one, its headers are told.',
  'owasp:api4:2023-rate-limit-responses-429': 'As before.',
  'owasp:api8:2023-define-cors-origin':
    'Which origins may read answers is a setting, none by default; the header is no part of an answer.',
};

/** What a client may send must be bounded; an answer is as long as what was stored or counted. */
const ofInput = (rule: OwaspRule, type: string): Record<string, object> => ({
  [rule]: {
    ...owasp.rules[rule],
    given: ['parameters', 'requestBody'].flatMap((place) => [
      `$.paths[*][*].${place}..[?(@ && @.type=="${type}")]`,
      `$.paths[*][*].${place}..[?(@ && @.type && @.type.constructor.name === "Array" && @.type.includes("${type}"))]`,
    ]),
  },
});

/** What is open to anyone is refused to nobody. */
const ofSignedIn = (rule: OwaspRule): Record<string, object> => ({
  [rule]: { ...owasp.rules[rule], given: '$.paths[*][?(@ && @.security && @.security[0].bearer)].responses' },
});

/** A path into the document, with the names of parameters in place of their numbers. */
function placeOf(path: readonly (string | number)[], document: object): string {
  let node: any = document;
  const steps = path.map((step) => {
    node = node?.[step];
    return Array.isArray(node) || typeof node?.name !== 'string' || typeof node.in !== 'string' ? step : node.name;
  });
  return steps.join('/');
}

/** What the rules of Spectral for OpenAPI and those for the OWASP API Security Top 10, all of both, find in a document. */
export async function findingsIn(document: object): Promise<string[]> {
  const spectral = new Spectral();
  const rules = {
    ...Object.fromEntries(Object.keys(OFF).map((rule) => [rule, 'off'])),
    ...ofInput('owasp:api4:2023-string-limit', 'string'),
    ...ofInput('owasp:api4:2023-string-restricted', 'string'),
    ...ofInput('owasp:api4:2023-array-limit', 'array'),
    ...ofSignedIn('owasp:api8:2023-define-error-responses-401'),
  };
  spectral.setRuleset({
    extends: [
      [oas, 'all'],
      [owasp, 'all'],
    ],
    rules,
  } as never);
  const found = await spectral.run(document as Record<string, unknown>);
  return found.map(({ code, path, message }) => `${code} ${placeOf(path, document)}: ${message}`);
}
