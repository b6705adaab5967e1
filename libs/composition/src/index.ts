export { declaredConsumers } from './consumers.js';
export {
  contextModules,
  eventRegistry,
  httpModules,
  migrations,
  problemCatalogue,
  schemas,
  workerModules,
} from './contexts.js';
export { CoreModule } from './core.module.js';
