import { accessRules, permissions, type ServiceName } from '@openrelay/state';

/** A command that makes the user of each service. */
export function permissionsCommands(): string {
  const users = (Object.keys(permissions) as ServiceName[]).map((service) => {
    const [, on, ...rules] = accessRules(service);
    return `# ${permissions[service].why}\nACL SETUSER ${service} reset ${on} >PASSWORD ${rules.join(' ')}`;
  });
  return ['```', ...users, '```'].join('\n');
}
