<#-- One line a dependency, by the name of its file: licence, then what it is. -->
Libraries that this is delivered with or calls, and their licences:

<#list dependencyMap as e>
<#assign project = e.getKey()/>
<#assign licenses = e.getValue()/>
<#list licenses as license>${license}<#sep>, </#list>  ${project.groupId}:${project.artifactId}:${project.version}<#if project.url??>  ${project.url}</#if>
</#list>
