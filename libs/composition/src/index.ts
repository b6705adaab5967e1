export { eventRegistry, migrations, problemCatalogue, schemas } from './contexts.js';
